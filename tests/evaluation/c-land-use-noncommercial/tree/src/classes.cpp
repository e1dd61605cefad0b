// Copyright the parcelwise authors 2023
// Distributed under the Boost Software License, Version 1.0.
#include "classes.hpp"

namespace parcelwise {
std::string label(Use use) {
    switch (use) {
    case Use::commercial: return "commercial use";
    case Use::non_commercial: return "non-commercial use only";
    case Use::restricted: return "restricted, do not enter";
    default: return "other";
    }
}
bool may_be_entered(Use use) { return use != Use::restricted; }
}
