__version__ = "2.0.1"
VOICES = ("ada", "p226", "p228")
