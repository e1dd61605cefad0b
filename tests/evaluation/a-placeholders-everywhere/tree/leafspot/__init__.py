# Copyright (c) 2025 YOUR NAME HERE
# License: <license>
