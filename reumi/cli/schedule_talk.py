"""What `reumi schedule` says about a plan: a table of jobs, each job in words, the next runs."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime

from reumi.schedule.duration import write_duration
from reumi.schedule.plan import Job, SchedulePlan


def job_lines(plan: SchedulePlan) -> Iterator[str]:
    """One line a job: name, when, command."""
    whens = {name: _when(job, plan) for name, job in plan.jobs.items()}
    name_width, when_width = max(map(len, whens)), max(map(len, whens.values()))
    for name, job in plan.jobs.items():
        yield f"{name:<{name_width}}  {whens[name]:<{when_width}}  {job.command}"


def next_lines(plan: SchedulePlan, now: datetime, count: int) -> Iterator[str]:
    """The next runs of all jobs, in order of time, on the plan's clock."""
    upcoming = [(slot, name) for name, job in plan.jobs.items() if (slot := job.next_after(now)) is not None]
    heapq.heapify(upcoming)
    if not upcoming:
        yield "no job has a timetable: give one `cron` or `every`"
    for _ in range(count if upcoming else 0):
        slot, name = upcoming[0]
        job = plan.jobs[name]
        after = f", then {', '.join(job.then)}" if job.then else ""
        yield f"{slot.astimezone(plan.zone):%a %Y-%m-%d %H:%M:%S %Z}  {name}{after}"
        following = job.next_after(slot)
        heapq.heapreplace(upcoming, (following, name)) if following is not None else heapq.heappop(upcoming)
        if not upcoming:
            return


def explanation(plan: SchedulePlan, now: datetime) -> Iterator[str]:
    """The whole plan in words, with each job's next three runs."""
    yield f"{plan.path}: {len(plan.jobs)} jobs, clock of {plan.zone.key}, folder {plan.folder}"
    for job in plan.jobs.values():
        yield ""
        yield f"{job.name}: runs `{job.command}` {_when(job, plan)}, and is killed after {write_duration(job.deadline)}."
        if job.then:
            yield f"  After a run that ends well: {', then '.join(job.then)}."
        if job.timetable is not None:
            late = "is made up for once" if job.catch_up else "lapses"
            yield f"  A slot that nobody was there to start {late}."
            yield f"  Next: {', '.join(_next_three(job, plan, now))}"
    yield ""
    yield _alert_words(plan)


def _when(job: Job, plan: SchedulePlan) -> str:
    if job.timetable is not None:
        return job.timetable.words()
    leaders = [name for name, other in plan.jobs.items() if job.name in other.then]
    return f"after {', '.join(leaders)}" if leaders else "only by hand"


def _next_three(job: Job, plan: SchedulePlan, now: datetime) -> Iterator[str]:
    slot = job.next_after(now)
    for _ in range(3):
        if slot is not None:
            yield f"{slot.astimezone(plan.zone):%a %m-%d %H:%M}"
            slot = job.next_after(slot)


def _alert_words(plan: SchedulePlan) -> str:
    channels = [f"the command `{' '.join(plan.alerts.command)}`"] if plan.alerts.command else []
    channels += [f"a webhook on {plan.alerts.webhook.split('/')[2].rpartition('@')[2]}"] if plan.alerts.webhook else []
    if not channels:
        return "Alerts: nobody is told when a job fails; see [alerts] in the file."
    return f"Alerts: {' and '.join(channels)}, on {', '.join(sorted(plan.alerts.events))}."
