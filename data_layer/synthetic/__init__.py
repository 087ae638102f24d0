"""The demo data: a believable company, seeded, of any size, with stories in it to be found."""

from data_layer.synthetic.generate import generate
from data_layer.synthetic.stories import DemoStory

__all__ = ["DemoStory", "generate"]
