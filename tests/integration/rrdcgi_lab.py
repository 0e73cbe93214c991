# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test of the rrdcgi pages stands on: RRD files with known traffic, the pages, and three web servers."""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import lab

PAGES = lab.TOP / "dashboards" / "rrdcgi"
SERVERS = lab.TOP / "deploy" / "rrdcgi"
RRD_DIRECTORY = "/var/lib/iptraf_exporter/rrd"
CACHE_DIRECTORY = "/var/cache/iptraf_exporter/rrdcgi"
PAGES_DIRECTORY = "/usr/share/iptraf_exporter/rrdcgi"
SERVER_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
STATION = "02-00-5e-10-00-01"

STEP_SECONDS = 300
DAYS = 3
ARCHIVES = ((1, 600), (6, 700), (24, 775), (288, 797))  # steps to a row, rows
DERIVE = f"DERIVE:{2 * STEP_SECONDS}:0:U"
GAUGE = f"GAUGE:{2 * STEP_SECONDS}:0:U"


# -------------------------------------------------------------------------------------------------- RRD files
def constant(rate):
    return lambda _time: rate


def two_levels(time_seconds):
    """Bytes per second that change every two hours."""
    return 1000 if time_seconds // 7200 % 2 else 250


def sawtooth(time_seconds):
    """Bytes per second that climb for two hours and fall at once."""
    return time_seconds % 7200 // 10


def both(name, rx, tx=None):
    return {f"rx_{name}": constant(rx), f"tx_{name}": constant(rx // 2 if tx is None else tx)}


def interface_rates():
    rates = both("packets", 100) | both("bytes", 125000)
    for name, rate in (("ipv4", 90000), ("ipv6", 30000), ("tcp", 80000), ("udp", 30000), ("icmp", 6000),
                       ("otherip", 4000), ("nonip", 5000), ("bcast", 2000), ("mcast", 1000)):
        rates |= both(f"{name}_b", rate)
    return rates | both("cksum_err", 1, 0)


def packet_size_rates():
    rates = both("over", 1)
    for twentieth in range(1, 21):
        rates |= both(f"{twentieth:02}", twentieth)
    return rates


def service_rates(*ports):
    rates = {"22_in": two_levels, "22_out": constant(500)}
    for port in ports:
        rates |= {f"{port}_in": sawtooth, f"{port}_out": constant(100)}
    return rates


RATES = {  # file -> data source -> rate per second at a time
    "eth0/tcp_services.rrd": service_rates(25, 80, 443),
    "eth0/udp_services.rrd": {f"{port}_{way}": constant(200) for port in (53, 123, 443) for way in ("in", "out")},
    "eth0/interface.rrd": interface_rates(),
    "eth0/packet_size.rrd": packet_size_rates(),
    "eth0/tcp_connections.rrd": {"open": constant(12), "opened": constant(3), "fin": constant(1), "reset": constant(1),
                                 "idle": constant(1), "unreachable": constant(0), "evicted": constant(0)},
    f"eth0/lan_stations/{STATION}.rrd": both("packets", 40) | both("ip_packets", 30) | both("bytes", 20000),
    "eth0/lan_stations/02-00-5e-10-00-02.rrd": both("packets", 4) | both("ip_packets", 3) | both("bytes", 2000),
    "br%3A1/tcp_services.rrd": service_rates(80),
}


def write_rrd(path, rates):
    """One file as the exporter makes it: counts since a start, an update at the end of each step."""
    end = int(time.time()) // STEP_SECONDS * STEP_SECONDS
    start = end - DAYS * 86400
    path.parent.mkdir(parents=True, exist_ok=True)
    sources = [f"DS:{name}:{GAUGE if name == 'open' else DERIVE}" for name in rates]
    archives = [f"RRA:{kind}:0.5:{steps}:{rows}" for kind in ("AVERAGE", "MAX") for steps, rows in ARCHIVES]
    lab.run("rrdtool", "create", path, "--start", start, "--step", STEP_SECONDS, *sources, *archives)
    counts = dict.fromkeys(rates, 0)
    updates = []
    for now in range(start + STEP_SECONDS, end + 1, STEP_SECONDS):
        for name, rate in rates.items():
            was = now - STEP_SECONDS
            counts[name] = rate(was) if name == "open" else counts[name] + rate(was) * STEP_SECONDS
        updates.append(":".join(map(str, (now, *counts.values()))))
    lab.run("rrdtool", "update", path, *updates)


def write_rrds(directory):
    for name, rates in RATES.items():
        write_rrd(pathlib.Path(directory) / name, rates)


# ------------------------------------------------------------------------------------------------------ pages
class Site:
    """The pages, the RRD files and the cache in one folder, as the documented installation leaves them."""

    def __init__(self, folder, *settings):
        self.folder = pathlib.Path(folder)
        os.chmod(folder, 0o755)
        self.pages, self.rrd, self.cache = (self.folder / name for name in ("pages", "rrd", "cache"))
        shutil.copytree(PAGES, self.pages)
        for path in (self.rrd, self.cache):
            path.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.cache, "www-data", "www-data")
        path = self.pages / "settings.inc"
        path.write_text("\n".join([self.adapt(path.read_text()).rstrip(), *settings, ""]))

    def adapt(self, text):
        for shipped, here in ((RRD_DIRECTORY, self.rrd), (CACHE_DIRECTORY, self.cache), (PAGES_DIRECTORY, self.pages)):
            text = text.replace(shipped, str(here))
        return text

    def make_index(self, check=True):
        return lab.run(*as_server(), self.pages / "make_index.sh", check=check)

    def files(self):
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}

    def draw(self, page, query=""):
        """What rrdcgi makes of a page without a web server: (header, body)."""
        environment = {"PATH": os.environ["PATH"], "REQUEST_METHOD": "GET", "QUERY_STRING": query, "TZ": "UTC"}
        done = lab.run(*as_server(), self.pages / page, cwd=self.pages, env=environment)
        header, _, body = done.stdout.partition(b"\n\n")
        return header.decode(), body.decode(errors="replace")


def as_server():
    """The user that web servers on Debian run as."""
    return ("setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups") if os.geteuid() == 0 else ()


# ---------------------------------------------------------------------------------------------------- servers
@contextlib.contextmanager
def running(log_path, *command):
    """A process and its children as long as the context, in a process group of their own; what it says is in a file."""
    with open(log_path, "ab") as log:
        process = subprocess.Popen([*as_server(), *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, cwd="/", env={"PATH": SERVER_PATH, "TZ": "UTC"})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # fcgiwrap leaves its children behind
        process.wait()


def runs_pages(port):
    """A server may listen before the process that runs pages for it does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=lab.PATIENCE_SECONDS)
    try:
        connection.request("GET", "/iptraf/index.rcgi")
        return connection.getresponse().status not in (502, 503)
    except ConnectionError:
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def serving(site, name):
    """The port of a real lighttpd, nginx or Apache with the shipped configuration, its paths adapted to the site."""
    with contextlib.ExitStack() as stack:
        port = lab.free_port()
        run_folder = site.folder / f"run_{name}"
        run_folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(run_folder, "www-data")
        log_path = run_folder / "log"
        shipped = site.adapt((SERVERS / f"{name}.conf").read_text())
        for command in START[name](run_folder, shipped, port):
            process = stack.enter_context(running(log_path, *command))

        def answers():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended with {process.returncode}: {log_path.read_text()}")
            return runs_pages(port)
        lab.wait_until(answers, f"{name} runs pages")
        yield port


def write(path, text):
    path.write_text(text)
    return path


def start_lighttpd(folder, shipped, port):
    # The modules that Debian's lighttpd.conf loads before a fragment.
    text = f"""server.modules = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect" )
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
mimetype.assign = ( ".css" => "text/css; charset=utf-8", ".png" => "image/png" )
static-file.exclude-extensions = ( ".php", ".pl", ".fcgi" )
{shipped}"""
    return [("lighttpd", "-D", "-f", write(folder / "lighttpd.conf", text))]


def start_nginx(folder, shipped, port):
    temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = f"""pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log off;
{temporary}
  server {{
    listen 127.0.0.1:{port};
    include {write(folder / "iptraf.conf", shipped.replace("/run/fcgiwrap.socket", f"{folder}/fcgiwrap"))};
  }}
}}
"""
    return [("fcgiwrap", "-c", "2", "-s", f"unix:{folder}/fcgiwrap"),
            ("nginx", "-e", folder / "error.log", "-g", "daemon off;", "-c", write(folder / "nginx.conf", text))]


def start_apache(folder, shipped, port):
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in
                        ("mpm_event", "authz_core", "authz_host", "alias", "cgid", "dir", "headers", "mime"))
    text = f"""{modules}
ServerRoot {folder}
ServerName localhost
DocumentRoot {folder}
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ScriptSock {folder}/cgid
ErrorLog {folder}/error.log
TypesConfig /etc/mime.types
AddType text/css .css
AddType image/png .png
<Directory />
  Require all denied
</Directory>
{shipped}"""
    return [("apache2", "-DFOREGROUND", "-f", write(folder / "apache.conf", text))]


START = {"lighttpd": start_lighttpd, "nginx": start_nginx, "apache": start_apache}


# ------------------------------------------------------------------------------------- what rrdtool says itself
def export(path, source, start, end):
    """[(time, value or None)] of a data source's averages, multiplied by 8, from rrdtool xport."""
    done = lab.run("rrdtool", "xport", "-s", start, "-e", end, f"DEF:v={path}:{source}:AVERAGE", "CDEF:b=v,8,*",
                   "XPORT:b")
    values = re.findall(rb"<row><v>([^<]+)</v></row>", done.stdout)
    first, step = (int(re.search(rb"<%s>(\d+)</" % name, done.stdout)[1]) for name in (b"start", b"step"))
    return [(first + i * step, None if b"nan" in value.lower() else float(value)) for i, value in enumerate(values)]
