"""What can be judged where there is no project: folders, archives, repositories and packages of other people."""
