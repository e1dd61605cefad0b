"""What the files of a tree say about licenses, training data and base models; one file per kind of place."""
