// SPDX-License-Identifier: GPL-2.0-or-later
// Settings: what a configuration becomes before it is used, and what of it a reload cannot change.
#include "settings.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "config/problems.hpp"
#include "config/values.hpp"
#include "core/shortage.hpp"
#include "output/rrd/rrdcached_client.hpp"

namespace iptraf {
namespace {

using Problems = std::vector<std::string>;

/// What all host names of all filters may take together, but for the last: name servers that do not answer must not
/// hold up a start, a reload or the end for minutes.
constexpr std::chrono::seconds kResolvingTime{10};

filter::Resolver bounded_resolver() {
  using Clock = std::chrono::steady_clock;
  return [resolve = filter::system_resolver(), deadline = Clock::now() + kResolvingTime](const std::string& host) {
    if (Clock::now() > deadline) throw filter::ResolveError("the host names before it took too long");
    return resolve(host);
  };
}

void compile_filters(Settings& settings, Problems& problems) {
  const filter::Resolver resolver = bounded_resolver();
  for (const auto& [name, rules] : settings.config.filters) {
    try {
      settings.filters[name] = filter::Filter::compile(name, rules, resolver);
    } catch (const filter::FilterError& error) {
      problems.emplace_back(error.what());
    }
  }
}

names::StationDescriptions load_descriptions(const config::LanStation& station, Problems& problems) {
  const auto warn = [](const Problems& lines) {
    for (const std::string& line : lines) spdlog::warn("{}", line);
  };
  names::StationDescriptions descriptions;
  warn(descriptions.configure("collectors.lan_station.descriptions", station.descriptions));
  for (const std::string& path : station.description_files) {
    try {
      warn(descriptions.read_file(path));
    } catch (const names::DescriptionError& error) {
      problems.emplace_back(std::string("collectors.lan_station.description_files: ") + error.what());
    }
  }
  return descriptions;
}

std::shared_ptr<names::HostNames> host_names(bool is_wanted, const names::NameTables* running) {
  if (!is_wanted) return nullptr;
  if (running != nullptr && running->hosts) return running->hosts;
  return std::make_shared<names::HostNames>();
}

/// Compares one key of two sections.
template <typename Section, typename Value>
void compare(Problems& problems, const Section& running, const Section& wanted, Value Section::*key,
             const std::string& name) {
  if (running.*key != wanted.*key) problems.push_back(name + " cannot be changed without a restart");
}

/// What the round-robin databases cannot keep.
void check_rrd(const config::Config& config, Problems& problems) {
  const config::Rrd& rrd = config.rrd;
  if (!rrd.enabled) return;
  if (rrd.archives.empty()) problems.emplace_back("rrd.archives: name at least one archive");
  if (!rrd.daemon.empty() && !output::RrdcachedAddress::parse(rrd.daemon)) {
    problems.push_back("rrd.daemon: expected unix:/PATH, HOST or HOST:PORT, got " + config::quote(rrd.daemon));
  }
  for (auto wanted = rrd.services.begin(); wanted != rrd.services.end(); ++wanted) {
    const std::string name = (wanted->is_tcp ? "tcp/" : "udp/") + std::to_string(wanted->port);
    if (!config.collectors.service.counts(wanted->port)) {
      problems.push_back("rrd.services: " + name + " is not counted: add " + std::to_string(wanted->port) +
                         " to collectors.service.additional_ports");
    }
    if (std::find(rrd.services.begin(), wanted, *wanted) != wanted) {
      problems.push_back("rrd.services: " + name + " is named twice");
    }
  }
}

}  // namespace

Settings prepare(config::Config config, const names::NameTables* running) {
  Settings settings{std::move(config), {}, nullptr};
  Problems problems;
  compile_filters(settings, problems);
  check_rrd(settings.config, problems);
  auto names = std::make_shared<names::NameTables>();
  const config::Names& wanted = settings.config.names;
  if (wanted.services) names->services = names::ServiceNames::load();
  if (wanted.vendors) names->vendors = names::MacVendors::load();
  names->descriptions = load_descriptions(settings.config.collectors.lan_station, problems);
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  try {
    names->hosts = host_names(wanted.reverse_lookup, running);
  } catch (const std::exception& error) {
    throw config::ConfigError({std::string("names.reverse_lookup: ") + reason_of(error)});
  }
  settings.names = std::move(names);
  return settings;
}

std::vector<std::string> restart_problems(const config::Config& running, const config::Config& wanted) {
  using config::Capture;
  using config::IptrafLog;
  using config::Rrd;
  using config::Web;
  Problems problems;
  const Capture& a = running.capture;
  const Capture& b = wanted.capture;
  compare(problems, a, b, &Capture::interfaces, "capture.interfaces");
  compare(problems, a, b, &Capture::exclude, "capture.exclude");
  compare(problems, a, b, &Capture::promiscuous, "capture.promiscuous");
  compare(problems, a, b, &Capture::filter, "capture.filter");
  compare(problems, a, b, &Capture::threads, "capture.threads");
  compare(problems, a, b, &Capture::ring_mib, "capture.ring_mib");
  compare(problems, a, b, &Capture::snapshot_length, "capture.snapshot_length");
  compare(problems, a, b, &Capture::offload, "capture.offload");
  compare(problems, a, b, &Capture::file_mtu, "capture.file_mtu");
  compare(problems, running.rrd, wanted.rrd, &Rrd::enabled, "rrd.enabled");
  compare(problems, running.rrd, wanted.rrd, &Rrd::directory, "rrd.directory");
  compare(problems, running.rrd, wanted.rrd, &Rrd::step, "rrd.step");
  compare(problems, running.rrd, wanted.rrd, &Rrd::daemon, "rrd.daemon");
  compare(problems, running.rrd, wanted.rrd, &Rrd::ds_type, "rrd.ds_type");
  compare(problems, running.rrd, wanted.rrd, &Rrd::archives, "rrd.archives");
  const IptrafLog& log = running.iptraf_log;
  compare(problems, log, wanted.iptraf_log, &IptrafLog::enabled, "iptraf_log.enabled");
  compare(problems, log, wanted.iptraf_log, &IptrafLog::directory, "iptraf_log.directory");
  compare(problems, log, wanted.iptraf_log, &IptrafLog::interval, "iptraf_log.interval");
  compare(problems, log, wanted.iptraf_log, &IptrafLog::format, "iptraf_log.format");
  compare(problems, running.web, wanted.web, &Web::max_connections, "web.max_connections");
  compare(problems, running.web, wanted.web, &Web::timeout, "web.timeout");
  return problems;
}

}  // namespace iptraf
