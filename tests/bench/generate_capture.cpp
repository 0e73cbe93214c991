// SPDX-License-Identifier: GPL-2.0-or-later
// generate_capture: writes a reproducible pcap file for speed measurements: same options, same bytes.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "deterministic_random.hpp"
#include "frame_writer.hpp"
#include "pcap_file_writer.hpp"
#include "traffic.hpp"

namespace {

using namespace iptraf::bench;

struct Options {
  TrafficSettings traffic{5'000'000, 10'000, 1};
  std::string mix = "imix";
  std::uint32_t snapshot_bytes = 96;
  std::string output;
};

std::vector<std::string> mix_words() {
  std::vector<std::string> words;
  for (const Mix& mix : kMixes) words.emplace_back(mix.word);
  return words;
}

std::unique_ptr<Traffic> make_traffic(const Options& options) {
  const auto* const mix =
      std::find_if(std::begin(kMixes), std::end(kMixes), [&](const Mix& one) { return one.word == options.mix; });
  return mix->make(options.traffic);  // the option's check lets no other word through
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--packets", options.traffic.packets, "Packets to write")->capture_default_str();
  app.add_option("--flows", options.traffic.flows, "Flows, sources or targets, depending on the mix")
      ->check(CLI::Range(std::uint64_t{1}, kMaxFlows))
      ->capture_default_str();
  app.add_option("--mix", options.mix, "Kind of traffic")->check(CLI::IsMember(mix_words()))->capture_default_str();
  app.add_option("--snapshot-length", options.snapshot_bytes, "Bytes kept of each frame")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  app.add_option("--seed", options.traffic.seed, "Start of the random numbers")->capture_default_str();
  app.add_option("--output", options.output, "File to write")->required();
}

/// About 350 000 packets a second: what fills a gigabit of IMIX.
class Clock {
 public:
  explicit Clock(std::uint64_t seed) : random_(~seed) {}

  std::uint64_t next_microseconds() noexcept {
    constexpr std::uint64_t kLongestGap = 5;
    return now_ += 1 + random_.below(kLongestGap);
  }

 private:
  DeterministicRandom random_;
  std::uint64_t now_ = 1'700'000'000'000'000;
};

void write_capture(const Options& options) {
  const std::unique_ptr<Traffic> traffic = make_traffic(options);
  PcapFileWriter file(options.output, options.snapshot_bytes);
  FrameWriter frames;
  Clock clock(options.traffic.seed);
  for (std::uint64_t i = 0; i < options.traffic.packets; ++i) {
    file.add(clock.next_microseconds(), frames.write(traffic->next()));
  }
  file.close();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a reproducible pcap file for speed measurements.");
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    write_capture(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate_capture: %s\n", error.what());
    return 1;
  }
  return 0;
}
