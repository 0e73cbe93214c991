// SPDX-License-Identifier: GPL-2.0-or-later
// Logging to standard error, a line per event, as logfmt or JSON.
#include "logging.hpp"

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "log_sink.hpp"

namespace iptraf {
namespace {

/// RFC 3339 in UTC with milliseconds.
std::string time_text(spdlog::log_clock::time_point time) {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = since_epoch / 1000;
  std::tm calendar{};
  ::gmtime_r(&seconds, &calendar);
  char text[sizeof "2006-01-02T15:04:05"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &calendar);
  return fmt::format("{}.{:03}Z", text, since_epoch % 1000);
}

std::string_view level_word(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
    case spdlog::level::off:
    case spdlog::level::n_levels:
      return "info";
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
    case spdlog::level::critical:
      return "error";
  }
  return "info";
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogStyle style) : style_(style) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const std::string text = printable_utf8({message.payload.data(), message.payload.size()});
    const std::string out = style_ == LogStyle::kJson ? json_line(message, text) : logfmt_line(message, text);
    line.append(out.data(), out.data() + out.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(style_); }

 private:
  static std::string logfmt_line(const spdlog::details::log_msg& message, const std::string& text) {
    return fmt::format("ts={} level={} msg={}\n", time_text(message.time), level_word(message.level),
                       logfmt_value(text));
  }

  static std::string json_line(const spdlog::details::log_msg& message, const std::string& text) {
    const nlohmann::ordered_json line{
        {"ts", time_text(message.time)}, {"level", std::string(level_word(message.level))}, {"msg", text}};
    return line.dump() + "\n";
  }

  LogStyle style_;
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

std::string logfmt_value(std::string_view text) {
  const bool is_bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\';
  });
  if (is_bare) return std::string(text);
  std::string out = "\"";
  for (const char c : printable_utf8(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void set_up_logging(LogLevel level, LogStyle style) {
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<LogSink>(STDERR_FILENO));
  logger->set_formatter(std::make_unique<LineFormatter>(style));
  logger->set_level(spdlog_level(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace iptraf
