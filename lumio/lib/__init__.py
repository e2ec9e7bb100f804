"""Leaf helpers without models. Every layer may use them; they use none of ours."""
