// Copyright the parcelwise authors 2023
// Distributed under the Boost Software License, Version 1.0.
#pragma once
#include <string>

namespace parcelwise {
enum class Use { residential = 1, commercial, non_commercial, industrial, restricted, green };
std::string label(Use use);
bool may_be_entered(Use use);
}
