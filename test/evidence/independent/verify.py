"""A second verifier of golive-evidence/v1, written from the description of the format and of the runbook alone.

It shares no code with golive and needs Python's standard library and the `openssl` command. It evaluates six rules: files (every
digest, the chain of the journal), seal, outcome, order, quorum and coverage.

    verify.py PUBLIC_KEY BUNDLE...      prints, for each bundle, one JSON object a line: {"bundle": ..., "broken": [rules]}
"""

import base64
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from datetime import datetime

ZEROS = "sha256:" + "0" * 64
AFTER_MANIFEST = {"manifest.json", "manifest.dsse.json", "manifest.dsse.json.tsr"}

PREFLIGHT = ["infrastructure-health", "policy-set", "operational-readiness", "token-signing", "audit-pipeline"]
CONTROLS = [
    "kill-switch-drill", "token-revocation-drill", "circuit-breakers", "production-keys", "key-isolation", "role-review",
    "health-monitoring", "latency-alert", "error-rate-alert", "audit-lag-alert", "rollback-version", "rollback-rehearsal",
    "rollback-approvers",
]
INCIDENTS = ["on-call", "incident-runbook", "incident-channel", "escalation-path"]
ALONE = [
    "begin-traffic", "low-traffic", "steady-state", "deny-review", "increase-traffic", "ramp-25", "ramp-50", "ramp-100",
    "post-launch-watch", "post-launch-readiness", "audit-review", "deny-patterns",
]
FORWARD = [["tenant-capabilities"], PREFLIGHT, CONTROLS, INCIDENTS] + [[step] for step in ALONE]
BACK = [
    ["kill-switch-on", "traffic-to-safe"], ["policy-rollback"], ["verify-rollback"], ["release-kill-switch"],
    ["kill-switch-off"],
]
BEFORE_TRAFFIC = ["tenant-capabilities"] + PREFLIGHT + CONTROLS + INCIDENTS
MOVES_OR_WATCHES = {"low-traffic", "steady-state", "ramp-25", "ramp-50", "ramp-100", "post-launch-watch"}
GATES = {"begin-traffic", "increase-traffic", "release-kill-switch"}
BEHIND = {
    "low-traffic": "begin-traffic", "ramp-25": "increase-traffic", "ramp-50": "increase-traffic",
    "ramp-100": "increase-traffic", "kill-switch-off": "release-kill-switch",
}


class Broken(Exception):
    """A rule does not hold; says why."""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def flat(stages):
    return [step for stage in stages for step in stage]


def milliseconds(text):
    units = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)(ms|d|h|m|s)", text))


def instant(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def person(name):
    normal = unicodedata.normalize("NFKC", name)
    return "".join(c for c in normal if unicodedata.category(c) not in ("Cc", "Cf")).strip().lower()


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True).returncode == 0


class Bundle:
    def __init__(self, directory):
        self.directory = directory
        self.names = set()
        for folder, _, files in os.walk(directory):
            self.names |= {os.path.relpath(os.path.join(folder, name), directory) for name in files}

    def read(self, name):
        with open(os.path.join(self.directory, name), "rb") as file:
            return file.read()

    def json(self, name):
        return json.loads(self.read(name))

    def facts(self, digest):
        name = "facts/" + digest[7:] + ".json"
        return self.json(name) if name in self.names else None


def check_files(bundle):
    try:
        manifest = bundle.json("manifest.json")
        listed = {file["path"]: file for file in manifest["files"]}
    except Exception as error:
        raise Broken("the manifest cannot be read") from error
    if bundle.names - AFTER_MANIFEST != set(listed):
        raise Broken("files are missing or were added")
    for name, said in listed.items():
        data = bundle.read(name)
        if len(data) != said["sizeBytes"] or sha256(data) != said["sha256"]:
            raise Broken(name + " is another")
    return manifest, journal_of(bundle, manifest, listed)


def journal_of(bundle, manifest, listed):
    lines = bundle.read("journal.jsonl").split(b"\n")
    if lines.pop() != b"":
        raise Broken("the journal has no end")
    entries, previous = [], ZEROS
    for number, line in enumerate(lines, 1):
        body, mark, digest = line.rpartition(b',"digest":"')
        if not mark or digest != b"sha256:" + sha256(body + b"}").encode() + b'"}':
            raise Broken("line %d has another digest" % number)
        entry = json.loads(line)
        if entry["previous"] != previous or entry["sequence"] != number:
            raise Broken("line %d does not follow" % number)
        previous = entry["digest"]
        entries.append(entry)
    closing = entries[-1]
    said = {name: "sha256:" + listed[path]["sha256"] for name, path in (
        ("plan", "plan.json"), ("progress", "progress.json"), ("software", "software/identity.json"))}
    said.update({name: manifest[name] for name in ("golive", "outcome", "rehearsal")})
    if closing["kind"] != "journal-closed" or any(closing[name] != value for name, value in said.items()):
        raise Broken("the journal closes another bundle")
    return entries


def check_signature(bundle, manifest, entries, plan, key):
    if "manifest.dsse.json" not in bundle.names:
        raise Broken("nobody signed it")
    data = bundle.read("manifest.dsse.json")
    try:
        envelope = json.loads(data)
        payload = base64.b64decode(envelope["payload"], validate=True)
        kind = envelope["payloadType"].encode()
        signatures = [(one["keyid"], base64.b64decode(one["sig"], validate=True)) for one in envelope["signatures"]]
        statement = json.loads(payload)
    except Exception as error:
        raise Broken("the envelope cannot be read") from error
    if json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode() != data:
        raise Broken("the envelope is not written as it was sealed")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", key, "-outform", "DER"], capture_output=True).stdout
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    mine = [signature for keyid, signature in signatures if keyid == "sha256:" + sha256(der)]
    if not any(is_signed(signed, signature, key) for signature in mine):
        raise Broken("the key did not sign it")
    subjects = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    predicate = statement["predicate"]
    if subjects["manifest.json"] != sha256(bundle.read("manifest.json")) or subjects["plan.json"] != sha256(bundle.read("plan.json")):
        raise Broken("another manifest or plan was signed")
    if any(predicate[name] != manifest[name] for name in ("golive", "outcome", "rehearsal")):
        raise Broken("something else was signed about the run")
    if predicate["journal"] != {"sequence": len(entries), "digest": entries[-1]["digest"]}:
        raise Broken("another journal was signed")
    require_same_run(bundle, predicate, plan)
    policies = {"policy/%s/%s" % (one["pack"], one["version"]): one["content"] for one in predicate["policies"]}
    contents = {name: content[7:] for name, content in policies.items() if content is not None}
    if {name: digest for name, digest in subjects.items() if name.startswith("policy/")} != contents:
        raise Broken("other policies were signed than are named")


def require_same_run(bundle, predicate, plan):
    if any(predicate[name] != plan[name] for name in ("tenant", "environment")):
        raise Broken("another tenant was signed")
    versions = [(one["pack"], one["version"]) for one in predicate["policies"]]
    if sorted(versions) != sorted(plan["policy"]["active"].items()):
        raise Broken("other policies were signed")
    software = bundle.json("software/identity.json")
    if predicate["software"] != {**software, "sbom": software["sbom"] if isinstance(software["sbom"], str) else None}:
        raise Broken("other software was signed")


def is_signed(signed, signature, key):
    with tempfile.TemporaryDirectory() as folder:
        paths = os.path.join(folder, "signed"), os.path.join(folder, "signature")
        for path, data in zip(paths, (signed, signature)):
            with open(path, "wb") as file:
                file.write(data)
        return openssl("dgst", "-sha256", "-verify", key, "-signature", paths[1], paths[0])


class Walk:
    """How the steps stand, entry by entry."""

    def __init__(self):
        self.status, self.passed, self.stopped = {}, set(), False

    def take(self, entry):
        body = entry.get("body", {})
        if entry["kind"] == "stopped":
            self.stopped = True
        elif entry["kind"] == "taken-over":
            # Whoever takes over goes the whole way back once more.
            self.status = {step: now for step, now in self.status.items() if step not in flat(BACK)}
            self.passed = {step for step in self.passed if step not in flat(BACK)}
        elif entry["kind"] == "step-started":
            self.status[body["step"]] = "running"
        elif entry["kind"] == "step-settled":
            self.status[body["step"]] = body["status"]
            if body["status"] == "passed":
                self.passed.add(body["step"])


def may_repeat(step):
    if step in BEFORE_TRAFFIC or step == "begin-traffic":
        return "low-traffic"
    return {"increase-traffic": "ramp-25", "release-kill-switch": "kill-switch-off"}.get(step)


def check_order(entries):
    walk = Walk()
    for entry in entries:
        if entry["kind"] == "step-started":
            check_start(entry["body"]["step"], walk)
        elif entry["kind"] == "step-settled":
            check_settled(entry["body"], walk)
        walk.take(entry)


def check_start(step, walk):
    if step == "archive-evidence":
        return
    if walk.status.get(step) == "running" and step not in BEFORE_TRAFFIC:
        raise Broken(step + " begins twice")
    if step in walk.passed:
        until = may_repeat(step)
        if until is None or until in walk.passed:
            raise Broken(step + " begins again")
        return
    stages = BACK if step in flat(BACK) else FORWARD
    if stages is BACK and not walk.stopped:
        raise Broken(step + " begins without a cause")
    for stage in stages:
        if step in stage:
            return
        if not set(stage) <= walk.passed:
            raise Broken(step + " begins too early")


def check_settled(body, walk):
    step, status = body["step"], body["status"]
    if walk.status.get(step) not in ("running", "blocked"):
        raise Broken(step + " is not under way")
    if (status == "passed") != (body["verdict"] == "pass"):
        raise Broken(step + " has another verdict")
    if status == "passed" and walk.stopped and step in MOVES_OR_WATCHES:
        raise Broken(step + " passes after the stop")
    if status == "passed" and step == "low-traffic" and any(walk.status.get(one) != "passed" for one in BEFORE_TRAFFIC):
        raise Broken("traffic begins too early")


def admission(entries):
    """The first entry but for what people said, and how they stopped the run, before its plan was admitted."""
    return next(entry for entry in entries if entry["kind"] not in ("message", "stopped", "paged"))


def check_outcome(bundle, manifest, entries, plan):
    admitted, outcome = admission(entries), manifest["outcome"]
    if admitted["kind"] != "admitted" or admitted["body"]["plan"] != "sha256:" + sha256(bundle.read("plan.json")):
        raise Broken("another plan was admitted")
    for name, said in (("golive", manifest["golive"]), ("rehearsal", manifest["rehearsal"]), ("requestedBy", plan["requestedBy"])):
        if admitted["body"][name] != said:
            raise Broken("the admission says another " + name)
    if outcome == "destroyed":
        return
    told = [entry for entry in entries if entry["kind"] != "journal-closed" and entry["kind"] != "paged"]
    ends = [entry for entry in told if entry["kind"] == "ended"]
    stops = [entry for entry in told if entry["kind"] == "stopped"]
    if len(ends) != 1 or told[-1] is not ends[0]:
        raise Broken("it does not end once")
    if any(entry["body"]["outcome"] != outcome for entry in ends + stops) or len(stops) != (0 if outcome == "live" else 1):
        raise Broken("it ends otherwise")
    messages = [entry["body"] for entry in told if entry["kind"] == "message"]
    if outcome == "live" and any(said["counted"] and said["name"] == "abort" for said in messages):
        raise Broken("it was aborted and ended live")
    walk = Walk()
    for entry in told:
        walk.take(entry)
    moved = "low-traffic" in walk.passed
    back = outcome == "rolled-back" or moved or any(step in walk.status for step in flat(BACK))
    if outcome == "live":
        missing = set(flat(FORWARD)) - walk.passed
    elif outcome == "rejected" and moved:
        raise Broken("rejected, but traffic had moved")
    else:
        missing = set(flat(BACK)) - walk.passed if back else set()
    if missing:
        raise Broken("these have not passed: " + ", ".join(sorted(missing)))


class Decisions:
    """Signed decisions in the bundle, verified with the key sets beside them."""

    def __init__(self, bundle, plan, golive, entries):
        self.bundle, self.plan, self.golive = bundle, plan, golive
        self.taken_over = [instant(entry["at"]) for entry in entries if entry["kind"] == "taken-over"]
        names = [name for name in bundle.names if re.fullmatch(r"approvals/keys-[0-9a-f]{64}\.json", name)]
        self.key_sets = [bundle.json(name)["keys"] for name in names]
        self.digest = "sha256:" + sha256(bundle.read("plan.json"))

    def groups_behind(self, entry):
        """The groups of whoever signed what an entry says, or None when nobody did."""
        body = entry["body"]
        if body["decision"] is None:
            return None
        name = "approvals/" + body["decision"][7:] + ".jws"
        if name not in self.bundle.names:
            return None
        try:
            token = self.bundle.read(name).decode("ascii")
            claims = self.claims(token)
        except (ValueError, KeyError):
            return None
        return claims.get("groups", []) if self.is_about(claims, entry) else None

    def claims(self, token):
        head, payload, signature = token.split(".")
        header, claims = json.loads(unbase64(head)), json.loads(unbase64(payload))
        if header["typ"] != "golive-decision+jwt" or header["alg"] not in ("EdDSA", "ES256"):
            raise ValueError("not a decision")
        for keys in self.key_sets:
            found = [key for key in keys if key["kid"] == header["kid"]]
            if len(found) == 1 and jws_holds(header["alg"], found[0], (head + "." + payload).encode(), unbase64(signature)):
                return claims
        raise ValueError("no key of it")

    def addressee(self, at):
        if any(since <= at for since in self.taken_over):
            return "golive-guardian/%s/%s" % (self.plan["tenant"], self.plan["environment"])
        return self.golive

    def is_about(self, claims, entry):
        body, at = entry["body"], instant(entry["at"]) / 1000
        identity = json.dumps([claims["iss"], claims["jti"]], separators=(",", ":"), ensure_ascii=False).encode()
        decision = {name: value for name, value in claims["decision"].items() if name != "kind"}
        return (
            "sha256:" + sha256(identity) == body["decision"]
            and claims["aud"] == "golive:%s:%s" % (self.plan["environment"], self.plan["tenant"])
            and claims["golive"] == self.addressee(instant(entry["at"]))
            and claims["plan"] == self.digest
            and claims["decision"]["kind"] == body["name"]
            and person(claims["sub"]) == person(body["by"])
            and claims["iat"] <= at + 30
            and at <= claims["exp"] + 15 * 60
            and body["said"] == {**decision, "by": claims["sub"], "plan": claims["plan"]}
        )


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jws_holds(algorithm, key, signed, signature):
    if algorithm == "EdDSA":
        der = bytes.fromhex("302a300506032b6570032100") + unbase64(key["x"])
        arguments = ["pkeyutl", "-verify", "-pubin", "-rawin"]
    else:
        prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        der = bytes.fromhex(prefix) + unbase64(key["x"]) + unbase64(key["y"])
        signature = der_of(signature[:32], signature[32:])
        arguments = ["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sha256"]
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "signed", "signature")]
        for path, data in zip(paths, (der, signed, signature)):
            with open(path, "wb") as file:
                file.write(data)
        return openssl(*arguments, "-keyform", "DER", "-inkey", paths[0], "-in", paths[1], "-sigfile", paths[2])


def der_of(*numbers):
    parts = b""
    for number in numbers:
        number = number.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        parts += b"\x02" + bytes([len(number)]) + number
    return b"\x30" + bytes([len(parts)]) + parts


def check_quorum(bundle, manifest, entries, plan):
    decisions = Decisions(bundle, plan, manifest["golive"], entries)
    signed = admission(entries).get("body", {}).get("trust") == "signed"
    gates = {}
    for entry in entries:
        body = entry.get("body", {})
        if entry["kind"] == "gate-opened":
            check_opening(body, plan["gates"][body["gate"]])
            gates[body["gate"]] = {"opening": body, "approvals": [], "rejected": False, "passed": False}
        elif entry["kind"] == "message" and body["counted"] and body["name"] in ("approve", "reject"):
            gate = gates.get((body["said"] or {}).get("gate"))
            if gate is not None and not gate["passed"]:
                gate["approvals"] += [entry] if body["name"] == "approve" else []
                gate["rejected"] = gate["rejected"] or body["name"] == "reject"
        elif entry["kind"] == "approval-void":
            gates.pop(body["gate"], None)
        elif entry["kind"] == "step-started":
            gates.pop(body["step"], None)
        elif entry["kind"] == "step-settled":
            step, passed = body["step"], body["status"] == "passed"
            if passed and step in BEHIND and not gates.get(BEHIND[step], {"passed": False})["passed"]:
                raise Broken(step + " passes without its gate")
            if passed and step in GATES:
                if step not in gates:
                    raise Broken(step + " was never opened")
                require_quorum(gates[step], instant(entry["at"]), plan, decisions, signed)
            if step in gates:
                gates[step]["passed"] = passed


def check_opening(body, planned):
    wanted = planned["approvals"], planned["from"].get("people", []), planned["from"].get("groups", [])
    if (body["need"], body["people"], body["groups"]) != wanted:
        raise Broken(body["gate"] + " asks for something else than the plan")


def require_quorum(gate, at, plan, decisions, signed):
    opening = gate["opening"]
    if gate["rejected"]:
        raise Broken(opening["gate"] + " passes though it was rejected")
    oldest = at - milliseconds(plan["gates"][opening["gate"]].get("validFor", "12h")) / plan.get("clock", {}).get("speed", 1)
    people = set()
    for entry in gate["approvals"]:
        by, said = person(entry["body"]["by"]), entry["body"]["said"]
        if instant(entry["at"]) <= oldest or by == person(plan["requestedBy"]) or said.get("plan") != decisions.digest:
            continue
        if said.get("nonce", opening["nonce"]) != opening["nonce"] or said.get("shown", opening["shown"]) != opening["shown"]:
            continue
        named = by in [person(one) for one in opening["people"]]
        if signed:
            groups = decisions.groups_behind(entry)
            counts = groups is not None and "nonce" in said and (named or bool(set(groups) & set(opening["groups"])))
        else:
            counts = named or bool(opening["groups"])
        if counts:
            people.add(by)
    if len(people) < opening["need"]:
        raise Broken("%s passes with %d of %d approvals" % (opening["gate"], len(people), opening["need"]))


def check_coverage(bundle, entries, plan):
    rollout, speed = plan["rollout"], plan.get("clock", {}).get("speed", 1)
    ramp = {"ramp-%d" % stage["percent"]: stage for stage in rollout["ramp"]}
    wanted = {"steady-state": rollout["lowTraffic"], "post-launch-watch": {"percent": 100, "hold": rollout["postLaunch"]}, **ramp}
    windows = all_windows(bundle)
    begun = {}
    for entry in entries:
        body = entry.get("body", {})
        if entry["kind"] == "step-started":
            begun[body["step"]] = instant(entry["at"])
        if entry["kind"] != "step-settled" or body["status"] != "passed" or body["step"] not in wanted:
            continue
        step, want = body["step"], wanted[body["step"]]
        facts = windows.get(body["evidence"])
        if facts is None:
            raise Broken(step + " has no window")
        request = facts["request"]
        since = min(one["request"]["from"] for one in windows.values()
                    if (one["request"]["purpose"], one["request"]["ordinal"]) == (request["purpose"], request["ordinal"]))
        length = max(1, math.floor(milliseconds(want["hold"]) / speed + 0.5))
        every = max(1000, math.floor(milliseconds(rollout["sampleEvery"]) / speed + 0.5))
        if request["purpose"] != "soak" or request["percent"] != want["percent"] or request["length"] != length:
            raise Broken(step + " is another window than planned")
        if request["until"] - since < length or request["sampleEvery"] > every:
            raise Broken(step + " is shorter, or was looked at more rarely, than planned")
        if since < begun.get(step, math.inf) - 1000 or instant(entry["at"]) < request["until"] - 1000:
            raise Broken(step + " passes before its time")
        require_coverage(step, looks_of(bundle, facts["samples"]), since, request)


def all_windows(bundle):
    windows = {}
    for name in bundle.names:
        if name.startswith("facts/"):
            facts = bundle.json(name)
            if isinstance(facts, dict) and "request" in facts and "totals" in facts:
                windows["sha256:" + name[6:70]] = facts
    return windows


def looks_of(bundle, samples):
    chunks, previous = [{"before": samples["before"], "segments": samples["pending"]}], samples["previous"]
    while previous is not None:
        name = "metrics/" + previous[7:] + ".json"
        if name not in bundle.names:
            raise Broken("samples are missing")
        chunk = bundle.json(name)
        chunks.insert(0, chunk)
        previous = chunk["previous"]
    looks = []
    for chunk in chunks:
        if chunk["before"] != len(looks):
            raise Broken("samples are missing in between")
        for segment in chunk["segments"]:
            looks += [(look, segment["series"]) for look in segment["looks"]]
    return looks


def require_coverage(step, looks, since, request):
    every, percent = request["sampleEvery"], request["percent"]
    named = any(look["share"] is not None for look, _ in looks)
    observed, still, last, before = 0, 0, None, None
    for look, series in looks:
        if look["counts"] is None or look["at"] < since - 2 * every or (last is not None and look["at"] <= last):
            continue
        at, now = look["at"], requests_in(look, series)
        if last is not None and at - last <= 2 * every:
            gap = at - max(since, last)
            stands = not named or look["share"] == percent
            if stands and before.keys() == now.keys() and all(now[name] >= before[name] for name in now):
                if sum(now.values()) > sum(before.values()):
                    observed += gap + (still if still <= 5 * every else 0)
                    still = 0
                else:
                    still += gap
        elif last is not None:
            observed += still if still <= 5 * every else 0
            still = 0
        last, before = at, now
    end = max(request["until"], last or 0)
    observed += still if still <= 5 * every else 0
    if last is None or observed < 0.95 * request["length"] or end - last > 2 * every:
        raise Broken("%s was observed for %d of %d ms" % (step, observed, request["length"]))


def requests_in(look, series):
    pairs = zip(series, look["counts"])
    return {head["name"]: count for head, count in pairs if head["kind"] == "requests"}


def broken_rules(directory, key):
    bundle = Bundle(directory)
    try:
        manifest, entries = check_files(bundle)
        plan = bundle.json("plan.json")
    except Broken:
        return ["files"]
    rules = {
        "seal": lambda: check_signature(bundle, manifest, entries, plan, key),
        "outcome": lambda: check_outcome(bundle, manifest, entries, plan),
        "order": lambda: check_order(entries),
        "quorum": lambda: check_quorum(bundle, manifest, entries, plan),
        "coverage": lambda: check_coverage(bundle, entries, plan),
    }
    broken = []
    for rule, check in rules.items():
        try:
            check()
        except Broken:
            broken.append(rule)
    return broken


if __name__ == "__main__":
    for path in sys.argv[2:]:
        print(json.dumps({"bundle": path, "broken": broken_rules(path, sys.argv[1])}), flush=True)
