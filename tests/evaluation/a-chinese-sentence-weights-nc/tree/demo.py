import sys

from mingyue import recognize

for line in recognize(sys.argv[1]):
    print(line)
