"""Every metric, by name.  A metric is declared in the module of its subject."""

from data_layer.semantics.metric import Metric
from data_layer.semantics.metrics import campaigns, clients, digital, followups, money, pipeline, relationship, service

METRICS: dict[str, Metric] = {
    metric.name: metric
    for module in (clients, followups, service, campaigns, pipeline, money, digital, relationship)
    for metric in module.METRICS
}
