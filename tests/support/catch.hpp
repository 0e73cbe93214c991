// SPDX-License-Identifier: GPL-2.0-or-later
// Catch2 of either major version behind one include.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
