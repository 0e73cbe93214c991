// SPDX-License-Identifier: GPL-2.0-or-later
// The table of keys. Defaults stand in config.hpp alone.
#include "config/schema.hpp"

#include "config/addresses.hpp"
#include "config/filter_schema.hpp"
#include "config/values.hpp"
#include "core/address_text.hpp"

namespace iptraf::config {
namespace {

Field<Capture> interfaces_field() {
  return {"interfaces",
          [](const Node& node, const std::string& path, Capture& capture, Problems& problems) {
            capture.interfaces = read_one_or_list(node, path, interface_name_form(), problems);
            const std::string problem = check_interfaces(capture.interfaces);
            if (!problem.empty()) problems.add(node.place, path + ": " + problem);
          },
          {}};
}

Fields<Capture> capture_fields() {
  const auto offload =
      word_form<Offload>({{"auto", Offload::kAuto}, {"exact", Offload::kExact}, {"estimate", Offload::kEstimate}});
  return {
      interfaces_field(),
      list<Capture>("exclude", &Capture::exclude, interface_glob_form()),
      scalar<Capture>("promiscuous", &Capture::promiscuous, boolean_form()),
      scalar<Capture>("filter", &Capture::filter, text_form()),
      scalar<Capture>("threads", &Capture::threads, whole_number_form(1, 64)),
      scalar<Capture>("ring_mib", &Capture::ring_mib, whole_number_form(1, 4096)),
      scalar<Capture>("snapshot_length", &Capture::snapshot_length, whole_number_form(128, 65535)),
      scalar<Capture>("offload", &Capture::offload, offload),
      scalar<Capture>("file_mtu", &Capture::file_mtu, whole_number_form(20, 65536)),
  };
}

/// The keys that every collector has, then its own.
template <class Collector>
Fields<Collector> collector_fields(Fields<Collector> own = {}) {
  Fields<Collector> fields{
      scalar<Collector>("enabled", &CollectorBase::enabled, boolean_form()),
      scalar<Collector>("filter", &CollectorBase::filter, text_form()),
      list<Collector>("devices", &CollectorBase::devices, interface_glob_form()),
  };
  fields.insert(fields.end(), own.begin(), own.end());
  return fields;
}

/// Station descriptions: a mapping whose keys are MAC addresses.
Field<LanStation> descriptions_field() {
  return {"descriptions",
          [](const Node& node, const std::string& path, LanStation& station, Problems& problems) {
            if (!check_mapping(node, path, problems)) return;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
              const Node::Key& key = node.keys[i];
              const auto mac = parse_mac(key.text);
              const auto text = read_scalar(node.items[i], join_path(path, key.text), text_form(), problems);
              if (!mac) {
                problems.add(key.place,
                             path + ": expected a MAC address such as 02:00:00:00:00:0a, got " + quote(key.text));
              } else if (text && !station.descriptions.emplace(to_text(*mac), *text).second) {
                problems.add(key.place, path + ": " + quote(key.text) + " is there already in another spelling");
              }
            }
          },
          {}};
}

Fields<Collectors> collectors_fields() {
  return {
      section<Collectors>("interface", &Collectors::interface, collector_fields<Interface>()),
      section<Collectors>("packet_size", &Collectors::packet_size, collector_fields<PacketSize>()),
      section<Collectors>("service", &Collectors::service,
                          collector_fields<Service>({
                              list<Service>("additional_ports", &Service::additional_ports, port_range_form()),
                              scalar<Service>("max_ports", &Service::max_ports, whole_number_form(1, 131070)),
                          })),
      section<Collectors>(
          "lan_station", &Collectors::lan_station,
          collector_fields<LanStation>({
              scalar<LanStation>("max_stations", &LanStation::max_stations, whole_number_form(1, 1'048'576)),
              scalar<LanStation>("idle", &LanStation::idle, duration_form("1s", "100y")),
              descriptions_field(),
              list<LanStation>("description_files", &LanStation::description_files, path_form()),
          })),
      section<Collectors>("tcp", &Collectors::tcp,
                          collector_fields<Tcp>({
                              scalar<Tcp>("timeout", &Tcp::timeout, duration_form("1ms", "100y")),
                              scalar<Tcp>("closed_persistence", &Tcp::closed_persistence, duration_form("0", "100y")),
                              scalar<Tcp>("max_connections", &Tcp::max_connections, whole_number_form(1, 16'777'216)),
                          })),
      section<Collectors>("ip_traffic", &Collectors::ip_traffic,
                          collector_fields<IpTraffic>({
                              scalar<IpTraffic>("arp", &IpTraffic::arp, boolean_form()),
                              scalar<IpTraffic>("rarp", &IpTraffic::rarp, boolean_form()),
                              scalar<IpTraffic>("non_ip", &IpTraffic::non_ip, boolean_form()),
                              list_or_all<IpTraffic>("protocols", &IpTraffic::protocols, traffic_protocol_form()),
                          })),
  };
}

Fields<Names> names_fields() {
  return {
      scalar<Names>("services", &Names::services, boolean_form()),
      scalar<Names>("vendors", &Names::vendors, boolean_form()),
      scalar<Names>("reverse_lookup", &Names::reverse_lookup, boolean_form()),
  };
}

Fields<Rrd> rrd_fields() {
  const auto type = word_form<RrdType>({{"DERIVE", RrdType::kDerive}, {"COUNTER", RrdType::kCounter}});
  return {
      scalar<Rrd>("enabled", &Rrd::enabled, boolean_form()),
      scalar<Rrd>("directory", &Rrd::directory, path_form()),
      scalar<Rrd>("step", &Rrd::step, whole_seconds_form("1s", "7d")),
      scalar<Rrd>("daemon", &Rrd::daemon, text_form()),
      scalar<Rrd>("ds_type", &Rrd::ds_type, type),
      list<Rrd>("services", &Rrd::services, service_form()),
      list<Rrd>("archives", &Rrd::archives, archive_form()),
  };
}

Fields<IptrafLog> iptraf_log_fields() {
  const auto format = word_form<LogFormat>({{"ng", LogFormat::kNg}, {"2.5", LogFormat::k25}, {"2.7", LogFormat::k27}});
  return {
      scalar<IptrafLog>("enabled", &IptrafLog::enabled, boolean_form()),
      scalar<IptrafLog>("directory", &IptrafLog::directory, path_form()),
      scalar<IptrafLog>("interval", &IptrafLog::interval, whole_seconds_form("1s", "7d")),
      scalar<IptrafLog>("format", &IptrafLog::format, format),
      scalar<IptrafLog>("packets", &IptrafLog::packets, boolean_form()),
  };
}

Fields<Web> web_fields() {
  return {
      scalar<Web>("max_connections", &Web::max_connections, whole_number_form(1, 10'000)),
      scalar<Web>("timeout", &Web::timeout, duration_form("100ms", "1h")),
      scalar<Web>("open_api", &Web::open_api, boolean_form()),
  };
}

const Fields<Config>& config_fields() {
  static const Fields<Config> fields{
      section<Config>("capture", &Config::capture, capture_fields()),
      filters_field(),
      section<Config>("collectors", &Config::collectors, collectors_fields()),
      section<Config>("names", &Config::names, names_fields()),
      section<Config>("rrd", &Config::rrd, rrd_fields()),
      section<Config>("iptraf_log", &Config::iptraf_log, iptraf_log_fields()),
      section<Config>(
          "limits", &Config::limits,
          Fields<Limits>{scalar<Limits>("max_series", &Limits::max_series, whole_number_form(1, 10'000'000))}),
      section<Config>("web", &Config::web, web_fields()),
  };
  return fields;
}

}  // namespace

Config read_config(const Node& root, Problems& problems) {
  Config config;
  read_fields(root, "", config_fields(), config, problems);
  check_filter_names(root, problems);
  return config;
}

std::vector<std::string> schema_keys() { return dotted_keys(config_fields()); }

std::string check_interfaces(const std::vector<std::string>& interfaces) {
  for (const std::string& name : interfaces) {
    if (!is_interface_name(name)) return "expected " + interface_name_form().expected + ", got " + quote(name);
    const bool is_keyword = name == "auto" || name == "all";
    if (is_keyword && interfaces.size() > 1) return quote(name) + " stands alone, without other interfaces";
  }
  return {};
}

}  // namespace iptraf::config
