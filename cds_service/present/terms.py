"""What a rule asks, in a reader's words. A term that no sentence speaks of is told as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from cds_service.billing.rulebook import Rule

WHO: Mapping[str, str] = {"E/M": "those who bill visits (E/M)", "non-E/M": "those who do not bill visits (non-E/M)"}
KINDS: Mapping[str, str] = {"E/M": "a visit (E/M)", "procedure": "a procedure", "any": "any service"}
UNSAID: Mapping[str, frozenset[str]] = {
    "minutes": frozenset({"family", "lowest", "messages_each_way"}),
    "window": frozenset({"family"}),
    "submission": frozenset({"searched_days"}),
    "exists": frozenset({"start", "until"}),
}
"""Terms of the working, which tell a reader nothing: who shares a window, how far a search goes."""


class _Told:
    """The terms of a rule, which notes those that were spoken of."""

    def __init__(self, rule: Rule) -> None:
        names = getattr(rule.terms, "__dataclass_fields__", {})
        self.values = {name: getattr(rule.terms, name) for name in names if name != "code"}
        self.spoken: set[str] = set(UNSAID.get(rule.question, ()))

    def __call__(self, name: str) -> object:
        self.spoken.add(name)
        return self.values.get(name)

    def rest(self) -> list[str]:
        return [
            f"{name.replace('_', ' ')}: {plain(value)}"
            for name, value in self.values.items()
            if name not in self.spoken and value not in (None, "", False, frozenset(), {})
        ]


def said(rule: Rule) -> str:
    """Return what the rule asks, in words, as one or more short sentences without a full stop at the end."""
    told = _Told(rule)
    speak = _SAID.get(rule.question)
    words = [w for w in (speak(told) if speak else _FIXED.get(rule.question, ""),) if w]
    return "; ".join([*words, *told.rest()])


def plain(value: object) -> str:
    if value is True:
        return "yes"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in sorted(value.items()))
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value)))
    return str(value)


def listed(names: Iterable[str], last: str = "or") -> str:
    """Return `a, b or c`."""
    told = list(names)
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if len(told) > 1 else "".join(told)


def _kinds(value: object) -> str:
    order = list(KINDS)
    names = sorted(value, key=lambda k: order.index(k) if k in order else 9) if isinstance(value, frozenset) else []
    return listed(KINDS.get(n, n) for n in names)


def _reporter(told: _Told) -> str:
    who = told("who")
    return f"only {listed((WHO.get(w, w) for w in sorted(who)), 'and')}" if isinstance(who, frozenset) else ""


def _established(told: _Told) -> str:
    tolerated = "; new patients were tolerated" if told("new_patients") == "tolerated" else ""
    return f"seen by this clinician, or the same group and specialty, within {told('years')} years{tolerated}"


def _initiated(told: _Told) -> str:
    if told("asked_for") == "refused":
        return "the patient or family must begin it; at the practice's request it is none"
    return "what the practice asked for counts too, with a note"


def _look_back(told: _Told) -> str:
    return f"not {_kinds(told('after'))} for the problem in the {told('days')} days before"


def _look_ahead(told: _Told) -> str:
    follows = {"call": "the call", "report": "the report to the clinician who asked"}.get(
        str(told("after")), "the answer"
    )
    hours = told("hours")
    span = f"{hours // 24} days" if isinstance(hours, int) and hours > 48 and hours % 24 == 0 else f"{hours} hours"  # noqa: PLR2004
    where = f"within {span} after {follows}, or at the soonest free appointment"
    return f"it must not lead to {_kinds(told('before'))} {where}"


def _minutes(told: _Told) -> str:
    least, most, days = told("at_least"), told("at_most"), told("days")
    span = f"{least} minutes or more" if most is None else f"{least} to {most} minutes"
    return f"{span} of the clinician's own" + (f" within {days} days" if days else "")


def _window(told: _Told) -> str:
    absorbed = _kinds(told("absorbed_by"))
    return f"one report for {told('days')} days; {absorbed} for the problem within them, or as long before, takes it in"


def _paid(told: _Told) -> str:
    pays, funding, plans = str(told("pays")), told("funding"), told("check_plan")
    if funding and pays in {"yes", "no"}:
        return f"{funding} plans {'pay' if pays == 'yes' else 'do not pay'}; of others nothing is published: ask"
    says = {"yes": "pays", "no": "does not pay", "ask": "nothing is published: ask"}.get(pays, "")
    return says + ("; each plan may add conditions" if plans else "")


def _consent(told: _Told) -> str:
    return {"year": "one consent covers a year", "service": "a consent for each service"}.get(str(told("covers")), "")


def _modifiers(told: _Told) -> str:
    parts = []
    for name, words in (
        ("never", "never {}"),
        ("unrelated_only", "{} only if it has nothing to do with the surgery"),
        ("assistant", "{}: an assistant cannot do it"),
        ("place_never", "not with place of service {}"),
        ("own_place", "of places {} the practice's own"),
    ):
        value = told(name)
        if isinstance(value, frozenset) and value:
            parts.append(words.format(listed(sorted(value))))
    therapy = told("therapy")
    if isinstance(therapy, Mapping) and therapy:
        parts.append(f"a therapist's own: {listed(sorted(set(therapy.values())))}")
    return "; ".join(parts)


def _channel(told: _Told) -> str:
    return {
        "refused": "a secure channel; consumer apps are not",
        "tolerated": "a secure channel; consumer apps were tolerated",
    }.get(str(told("consumer_apps")), "a secure channel")


def _stands_alone(told: _Told) -> str:
    excludes, perhaps = told("excludes"), told("perhaps")
    parts = []
    if isinstance(excludes, frozenset) and excludes:
        parts.append(f"never with {listed(sorted(excludes))} for the same communication")
    if isinstance(perhaps, frozenset) and perhaps:
        parts.append(f"a person decides beside {listed(sorted(perhaps))}")
    once, family = told("once_in"), told("family")
    if once and isinstance(family, frozenset):
        parts.append(f"once in {once} days, of {listed(sorted(family))}")
    return "; ".join(parts)


def _requested(told: _Told) -> str:
    if told("role") == "requester":
        return "the reviewer asked a colleague"
    way = {"spoken": ", spoken and in writing", "written": ", in writing"}.get(str(told("answer")), "")
    return f"a colleague asked, and the reviewer answered{way}"


def _global_period(told: _Told) -> str:
    return f"not within the days that surgery covers, {told('longest')} at most, for what belongs to it"


_FIXED: Mapping[str, str] = {
    "adequate": "images good enough to interpret",
    "diagnosis": "the problem coded in ICD-10-CM",
    "enrolled": "enrolled with the payer, where the practice lists its enrolments",
    "exists": "the code exists on the date",
    "interpretation": "findings and advice, written by the reviewer",
    "licensed": "licensed in the state where the patient is",
    "model": "the practice's own configuration names the model",
    "signed": "signed by the reviewer",
    "submission": "an image or video that the patient or family sent",
}
_SAID: Mapping[str, Callable[[_Told], str]] = {
    "care_management": lambda told: f"not in a month of {plain(told('bundled_in'))}",
    "channel": _channel,
    "consent": _consent,
    "established": _established,
    "follow_up": lambda told: f"the answer with the patient within {told('business_hours')} business hours",
    "global_period": _global_period,
    "initiated": _initiated,
    "look_ahead": _look_ahead,
    "look_back": _look_back,
    "minutes": _minutes,
    "modifiers": _modifiers,
    "paid": _paid,
    "reporter": _reporter,
    "requested": _requested,
    "stands_alone": _stands_alone,
    "window": _window,
}
