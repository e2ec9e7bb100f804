"""Pictures for the documentation, taken by `make pictures` of a Lumio whose database says what each is to show."""
