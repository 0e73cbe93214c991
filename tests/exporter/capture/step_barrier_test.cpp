// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of StepBarrier: who waits for whom, how steps open, and how it ends.
#include "capture/step_barrier.hpp"

#include <poll.h>

#include <memory>
#include <thread>

#include "capture/file_source.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

bool is_woken(const StepBarrier& barrier, std::size_t source) {
  pollfd event{barrier.wake_fd(source), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

}  // namespace

TEST_CASE("Nothing passes before the first step is open") {
  const StepBarrier barrier(1);
  CHECK(barrier.end_of_step() == std::numeric_limits<Timestamp>::min());
}

TEST_CASE("The taker waits for the last source and learns the earliest time") {
  StepBarrier barrier(2);
  barrier.arrive(1, 70);
  std::thread late([&barrier] { barrier.arrive(0, 90); });
  CHECK(barrier.wait() == 70);
  late.join();
  barrier.open(80);
  CHECK(barrier.end_of_step() == 80);
  CHECK(is_woken(barrier, 1));
  barrier.arrive(1, 85);
  CHECK_FALSE(is_woken(barrier, 1));
  CHECK(barrier.wait() == 85);  // source 0 still waits with 90
}

TEST_CASE("A source that comes after its step was opened need not sleep") {
  StepBarrier barrier(1);
  barrier.arrive(0, 10);
  barrier.open(100);
  barrier.arrive(0, 50);
  CHECK(is_woken(barrier, 0));
}

TEST_CASE("Sources that have ended wait no more") {
  StepBarrier barrier(2);
  barrier.arrive(0, kNever);
  barrier.arrive(1, 10);
  CHECK(barrier.wait() == 10);
  barrier.open(20);
  barrier.arrive(1, kNever);
  CHECK(barrier.wait() == kNever);
}

TEST_CASE("Stop ends the wait and lets everything pass") {
  StepBarrier barrier(1);
  std::thread stopper([&barrier] { barrier.stop(); });
  CHECK_FALSE(barrier.wait());
  stopper.join();
  CHECK(barrier.end_of_step() == kNever);
  barrier.open(5);
  CHECK(barrier.end_of_step() == kNever);
  CHECK(is_woken(barrier, 0));
}

TEST_CASE("A source arrives when what it handed out before has been counted, not with the packets themselves") {
  const Bytes frame = PacketBuilder().eth().ipv4().udp().build();
  const TemporaryFile file(pcap_bytes({{100, frame}, {101, frame}, {900, frame}}));
  const auto barrier = std::make_shared<StepBarrier>(1);
  FileSettings settings;
  settings.path = file.path();
  settings.barrier = barrier;
  FileSource source(settings);
  std::vector<Packet> packets(8);
  CHECK(source.read(packets) == 0);
  CHECK(barrier->wait() == 100);
  barrier->open(500);
  CHECK(source.read(packets) == 2);
  CHECK(is_woken(*barrier, 0));  // it has not arrived: the two are not counted yet
  CHECK(source.read(packets) == 0);
  CHECK_FALSE(is_woken(*barrier, 0));
  CHECK(barrier->wait() == 900);
  barrier->open(1000);
  CHECK(source.read(packets) == 1);
  CHECK(is_woken(*barrier, 0));
  CHECK(source.read(packets) == 0);
  CHECK(source.has_ended());
  CHECK(barrier->wait() == kNever);
}
