"""What each network is trained for."""
