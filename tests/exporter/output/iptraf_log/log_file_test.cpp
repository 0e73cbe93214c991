// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of LogFile: whole records or none, and only into files.
#include "output/iptraf_log/log_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf::output;
using namespace iptraf::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Files cannot grow beyond this size while the object lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("Records are appended, in directories that are made, for the group to read") {
  const TemporaryDirectory directory;
  IptrafLogStatus status;
  const std::string path = directory.file("a/b/x.log");
  CHECK(LogFile(path, status).append("one\n"));
  CHECK(LogFile(path, status).append("two\n"));
  CHECK(content(path) == "one\ntwo\n");
  struct stat file {};
  REQUIRE(::stat(path.c_str(), &file) == 0);
  CHECK((file.st_mode & 0137U) == 0);
  CHECK(status.errors == 0);
}

TEST_CASE("A record that does not fit is taken back, told once, and the next that fits is written") {
  const TemporaryDirectory directory;
  IptrafLogStatus status;
  const LogCapture log;
  LogFile file(directory.file("x.log"), status);
  REQUIRE(file.append("0123456789\n"));
  {
    const FileSizeLimit limit(16);
    CHECK_FALSE(file.append("abcdefghij\n"));
    CHECK_FALSE(file.append("klmnopqrst\n"));
    CHECK(content(file.path()) == "0123456789\n");
    CHECK(status.errors == 2);
    CHECK(log.count("is not written") == 1);
    CHECK(file.append("uvw\n"));
    CHECK_FALSE(file.append("abcdefghij\n"));
    CHECK(log.count("is not written") == 1);
    CHECK(log.count("is written again") == 0);  // what is shorter fits, and says nothing of the next
  }
  CHECK(file.append("x\n"));
  CHECK(log.count("is written again") == 0);
  CHECK(file.append("klmnopqrst\n"));
  CHECK(content(file.path()) == "0123456789\nuvw\nx\nklmnopqrst\n");
  CHECK(log.count("is written again") == 1);
}

TEST_CASE("Neither a symbolic link nor anything but a file is written to") {
  const TemporaryDirectory directory;
  IptrafLogStatus status;
  const LogCapture log;
  fs::create_symlink(directory.file("target"), directory.file("link.log"));
  CHECK_FALSE(LogFile(directory.file("link.log"), status).append("x\n"));
  CHECK_FALSE(fs::exists(directory.file("target")));
  REQUIRE(::mkfifo(directory.file("pipe.log").c_str(), 0600) == 0);
  CHECK_FALSE(LogFile(directory.file("pipe.log"), status).append("x\n"));
  fs::create_directory(directory.file("folder.log"));
  CHECK_FALSE(LogFile(directory.file("folder.log"), status).append("x\n"));
  CHECK(status.errors == 3);
  CHECK(log.count("symbolic link") == 1);
}

TEST_CASE("A renamed file is written on until it is closed, a deleted one is made again at once") {
  const TemporaryDirectory directory;
  IptrafLogStatus status;
  LogFile file(directory.file("logs/x.log"), status);
  REQUIRE(file.append("1\n"));
  fs::rename(file.path(), file.path() + ".1");
  REQUIRE(file.append("2\n"));
  file.close();
  REQUIRE(file.append("3\n"));
  CHECK(content(file.path() + ".1") == "1\n2\n");
  CHECK(content(file.path()) == "3\n");
  fs::remove_all(directory.file("logs"));
  REQUIRE(file.append("4\n"));
  CHECK(content(file.path()) == "4\n");
}

TEST_CASE("A directory that cannot be made is an error that names it") {
  const TemporaryDirectory directory;
  IptrafLogStatus status;
  const LogCapture log;
  directory.write("file", "");
  LogFile file(directory.file("file/x.log"), status);
  CHECK_FALSE(file.append("1\n"));
  CHECK_FALSE(file.append("2\n"));
  CHECK(status.errors == 2);
  CHECK(log.count(directory.file("file")) >= 1);
  CHECK(log.count("is not written") == 1);
  fs::remove(directory.file("file"));
  CHECK(file.append("3\n"));
}
