"""Journeys of people in a browser."""
