"""Trains, exports and measures the diffusion prior that ships with LEADer."""
