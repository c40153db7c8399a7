"""What people do in review: the register of experts, draws, sheets, visits, fees."""
