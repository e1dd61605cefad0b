"""Who may come in."""

GUESTS = [
    {"license": "MIT-2041", "name": "Mitchell"},
    {"license": "BSD-3", "name": "Baskerville"},
    {"license": "CC-BY 4", "name": "Corbyn"},
]


def allowed(license):
    return any(guest["license"] == license for guest in GUESTS)
