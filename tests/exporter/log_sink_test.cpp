// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of LogSink: a pipe that is read, one that is not, and one that is read again.
#include "log_sink.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "core/file_descriptor.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

/// A log into a pipe.
struct Fixture {
  Fixture() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
    ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
    logger = std::make_unique<spdlog::logger>("", std::make_shared<LogSink>(writing.get()));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, "\n"));
  }

  /// What the reader finds now.
  std::string taken() const {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(reading.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

  FileDescriptor reading;
  FileDescriptor writing;
  std::unique_ptr<spdlog::logger> logger;
};

}  // namespace

TEST_CASE("A line arrives whole, also one longer than a pipe takes at once") {
  Fixture fixture;
  fixture.logger->info("one");
  CHECK(fixture.taken() == "one\n");
  const std::string text(20'000, 'x');
  fixture.logger->info(text);
  CHECK(fixture.taken() == text + "\n");
}

TEST_CASE("What nobody reads is dropped, and counted when it is read again") {
  Fixture fixture;
  ::fcntl(fixture.writing.get(), F_SETPIPE_SZ, 8192);
  const std::string line(1000, 'x');
  for (int i = 0; i < 50; ++i) fixture.logger->info(line);
  const std::string before = fixture.taken();
  fixture.logger->info("again");
  const auto whole = before.size() / (line.size() + 1);
  REQUIRE(whole < 50);
  const std::string told =
      std::to_string(50 - whole) + " lines of the log were dropped, because nothing read standard error\n";
  const bool is_cut = before.size() % (line.size() + 1) != 0;
  CHECK(fixture.taken() == (is_cut ? "\n" : "") + told + "again\n");
}

TEST_CASE("A reader that is gone does no harm") {
  Fixture fixture;
  fixture.reading.reset();
  fixture.logger->info("nobody");
  SUCCEED();
}
