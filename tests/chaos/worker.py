"""A crawl as a process of its own, to be killed: `python worker.py DATABASE SITE GENRES LIMIT`. Prints the exit code of its report."""

from __future__ import annotations

import sys

from scraper.crawl import Crawl, CrawlPolicy
from scraper.politeness import RetryPolicy
from scraper.reader import Extent, list_task
from scraper.records import Listing, ListKey
from scraper.site import Site
from storage.crawl_store import CrawlStore
from storage.owners import this_process
from storage.runs import finish_run, open_run, start_run
from storage.schema import open_for_writing
from tests.small_site import UrllibFetcher


def main(database: str, root: str, genres: str, limit: str) -> None:
    site, engine = Site(root), open_for_writing(database)
    plan = {"genres": genres, "limit": limit}
    run_id = open_run(engine, plan) or start_run(engine, plan, root, "test", False)
    store = CrawlStore(engine, run_id, this_process())
    policy = CrawlPolicy(Extent(genre_rows=int(limit)), RetryPolicy(backoff=0.3))
    keys = [ListKey(genre_code=code, listing=Listing.STEADY) for code in genres.split(",")]
    report = Crawl(UrllibFetcher(site), store, store, policy, site).run([list_task(site, key) for key in keys])
    if report.finished:
        finish_run(engine, run_id, "finished", str(report.judgement.verdict), (), {}, {}, 0)
    print(report.exit_code, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
