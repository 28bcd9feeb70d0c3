"""The one exception that is shown to people: what happened, and what to do about it."""


class LabError(Exception):
    def __init__(self, what, hint=""):
        super().__init__(what)
        self.hint = hint
