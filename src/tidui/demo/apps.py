"""How Django finds the demonstration; it is installed only where the site is one (`TIDUI_DEMONSTRATION`)."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The app `demo`: the stand-in answers lists in the place of real authorities."""

    name = "tidui.demo"
    label = "demo"

    def ready(self) -> None:
        """Have lists answered by the stand-in."""
        from tidui.casework import exchanging
        from tidui.demo import standin

        exchanging.use_stand_in(standin.answer)
