-- What a budget is of, which budget it is a part of, and its period in full: a text such as 1M does not say when a month ends.

ALTER TABLE slos
    ADD COLUMN budget_dimension LowCardinality(String) DEFAULT 'other' COMMENT 'What of the service the budget is of: availability, latency, quality, safety, cost, drift, freshness, capacity or other. Source: spec file, else its kind of SLI.' AFTER criticality,
    ADD COLUMN within LowCardinality(String) COMMENT 'SLO whose budget the series of this one are a part of; empty: none. Source: spec file.' AFTER budget_dimension,
    ADD COLUMN budget_period String COMMENT 'Budget period in full, JSON: rolling, or of which calendar from when in which time zone; empty where the SLO was loaded before it was kept. Source: spec file.' AFTER period;
