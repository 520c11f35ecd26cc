"""The crawler's manners, a small policy in each file: throttle, budget, robots, retry."""

from scraper.politeness.budget import Budget
from scraper.politeness.manners import Manners, PoliteFetcher
from scraper.politeness.retry import RetryPolicy
from scraper.politeness.robots import Robots
from scraper.politeness.throttle import Throttle

__all__ = ["Budget", "Manners", "PoliteFetcher", "RetryPolicy", "Robots", "Throttle"]
