import { alterConfigsResponse, Encoder, type KafkajsRequest } from './kafkajs-internals.ts';

/** IncrementalAlterConfigs, since Kafka 2.3. */
const INCREMENTAL_ALTER_CONFIGS = 44;
const TOPIC_RESOURCE = 2;
const SET = 0;

/**
 * Sets some of a topic's settings. kafkajs's public `alterConfigs` replaces the whole set: what an operator changed between
 * our look and our write would be lost.
 */
export function setTopicConfigsRequest(
  topic: string,
  values: ReadonlyMap<string, string>,
): KafkajsRequest<unknown> {
  return {
    request: {
      apiKey: INCREMENTAL_ALTER_CONFIGS,
      apiVersion: 0,
      apiName: 'IncrementalAlterConfigs',
      encode: () => {
        const entries = [...values].map(([name, value]) =>
          new Encoder().writeString(name).writeInt8(SET).writeString(value),
        );
        const resource = new Encoder().writeInt8(TOPIC_RESOURCE).writeString(topic).writeArray(entries);
        return Promise.resolve(new Encoder().writeArray([resource]).writeBoolean(false));
      },
    },
    response: alterConfigsResponse,
  };
}
