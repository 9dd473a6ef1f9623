-- What a raw row holds where its writer's schema lacks the field: the default of the Avro schema, as the processor reads it.

ALTER TABLE inference_events MODIFY COLUMN is_final DEFAULT true;
ALTER TABLE inference_events MODIFY COLUMN sample_weight DEFAULT 1;
