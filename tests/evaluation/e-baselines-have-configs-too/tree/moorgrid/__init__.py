"""Heights of hummocks and hollows from one picture."""
