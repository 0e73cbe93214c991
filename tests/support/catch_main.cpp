// SPDX-License-Identifier: GPL-2.0-or-later
// The main function of the unit tests, for Catch2 before version 3.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
