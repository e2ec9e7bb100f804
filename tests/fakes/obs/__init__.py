from tests.fakes.obs.program import Obs

__all__ = ["Obs"]
