"""Review: experts and their recusal, provable draws, score sheets, calibration, site visits."""
