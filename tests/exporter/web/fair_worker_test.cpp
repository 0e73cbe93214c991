// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FairWorker: its queue, who makes room, who comes first, and the end.
#include "web/fair_worker.hpp"

#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "support/catch.hpp"

using iptraf::web::FairWorker;

namespace {

/// What became of jobs, in their order: a name, and + for one that ran or - for one that might not.
class Journal {
 public:
  FairWorker::Job job(char name) {
    return [this, name](bool may_run) {
      const std::lock_guard lock(mutex_);
      text_ += name;
      text_ += may_run ? '+' : '-';
    };
  }

  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

  void wait_for(std::size_t jobs) {
    while (text().size() < 2 * jobs) std::this_thread::yield();
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

/// A worker with three places whose first job, of `network`, runs until it is told to end, so that others wait.
class BusyWorker {
 public:
  explicit BusyWorker(std::uint64_t network) {
    worker_.start();
    worker_.ask(network, [this](bool) {
      is_running_.set_value();
      may_end_.get_future().wait();
    });
    is_running_.get_future().wait();
  }

  void ask(std::uint64_t network, const std::string& names) {
    for (const char name : names) worker_.ask(network, journal.job(name));
  }
  void end_first() { may_end_.set_value(); }
  void stop() { worker_.stop(); }

  Journal journal;

 private:
  std::promise<void> is_running_;
  std::promise<void> may_end_;
  FairWorker worker_{"test", 3};
};

}  // namespace

TEST_CASE("Jobs run in their order, on the worker's thread", "[fair_worker]") {
  FairWorker worker("test", 1);
  worker.start();
  std::promise<std::thread::id> thread;
  worker.ask(0, [&thread](bool) { thread.set_value(std::this_thread::get_id()); });
  CHECK(thread.get_future().get() != std::this_thread::get_id());
  BusyWorker busy(0);
  busy.ask(0, "abc");
  busy.end_first();
  busy.journal.wait_for(3);
  CHECK(busy.journal.text() == "a+b+c+");
}

TEST_CASE("A full queue takes no more, and at the end every job has been called", "[fair_worker]") {
  BusyWorker busy(0);
  busy.ask(0, "abcd");
  CHECK(busy.journal.text() == "d-");
  busy.end_first();
  busy.stop();
  busy.ask(2, "e");
  const std::string text = busy.journal.text();
  CHECK(text.size() == 2 * std::string("dabce").size());
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) CHECK(text.find(name) != std::string::npos);
  CHECK_THAT(text, Catch::Matchers::EndsWith("e-"));
}

TEST_CASE("Who asks for much makes room for others, and comes after them", "[fair_worker]") {
  BusyWorker busy(1);
  busy.ask(1, "abcd");
  busy.ask(2, "e");
  busy.ask(1, "f");
  busy.ask(2, "g");
  CHECK(busy.journal.text() == "d-c-f-g-");
  busy.end_first();
  busy.journal.wait_for(7);
  CHECK(busy.journal.text() == "d-c-f-g-e+a+b+");
}

TEST_CASE("What is asked of a worker that never started may not run", "[fair_worker]") {
  Journal journal;
  {
    FairWorker worker("test", 1);
    worker.ask(1, journal.job('a'));
    worker.ask(1, journal.job('b'));
    CHECK(journal.text() == "b-");
  }
  CHECK(journal.text() == "b-a-");
}
