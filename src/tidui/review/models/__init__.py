"""Experts, draws, score sheets and site visits. What was drawn, signed or reported is never changed."""

from tidui.review.models.drawing import Draw, File, Group, Review, Seat, Secret
from tidui.review.models.experts import Absence, Expert, ExpertField, FeeLine, FeeSheet, Recusal, Tie
from tidui.review.models.sheets import Calibration, PanelForm, SecondLook, Sheet
from tidui.review.models.visits import Claim, Commission, Photo, Record, Visit

__all__ = [
    "Absence", "Calibration", "Claim", "Commission", "Draw", "Expert", "ExpertField", "FeeLine", "FeeSheet", "File",
    "Group", "PanelForm", "Photo", "Record", "Recusal", "Review", "Seat", "SecondLook", "Secret", "Sheet", "Tie",
    "Visit",
]  # fmt: skip
