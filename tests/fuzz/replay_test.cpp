// SPDX-License-Identifier: GPL-2.0-or-later
// What fuzzing once found stays mended: each input in findings/TARGET/ goes through its target again.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "target.hpp"

namespace fs = std::filesystem;
using namespace iptraf;

namespace {

const fs::path kFolder = fs::path(IPTRAF_SOURCE_DIR) / "tests" / "fuzz";

std::vector<std::uint8_t> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("What fuzzing found does no harm any more") {
  for (const fuzz::Target& target : fuzz::kTargets) {
    const fs::path folder = kFolder / "findings" / target.name;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      INFO(entry.path().string());
      const std::vector<std::uint8_t> input = read(entry.path());
      target.try_input(input);
      SUCCEED();
    }
  }
}

TEST_CASE("Every target takes nothing, and a little of everything") {
  for (const fuzz::Target& target : fuzz::kTargets) {
    INFO(target.name);
    target.try_input({});
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::vector<std::uint8_t> input(byte, static_cast<std::uint8_t>(byte));
      target.try_input(input);
    }
    SUCCEED();
  }
}

TEST_CASE("A file in targets/ is a target, and findings are of targets") {
  std::set<std::string> targets;
  for (const fuzz::Target& target : fuzz::kTargets) targets.emplace(target.name);
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(kFolder / "targets")) files.insert(entry.path().stem().string());
  CHECK(files == targets);
  for (const auto& entry : fs::directory_iterator(kFolder / "findings")) {
    if (entry.is_directory()) CHECK(targets.count(entry.path().filename().string()) == 1);
  }
}
