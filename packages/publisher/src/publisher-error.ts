export type PublisherErrorCode =
  /** An option outside its bounds; thrown by createPublisher alone. */
  | 'PUBLISHER_OPTIONS_INVALID'
  /** The collector cannot take batches now; `details.retryAfterMs` says when it may, if it said so. */
  | 'PUBLISHER_HTTP_UNAVAILABLE'
  /** The collector will not take this body, now or later. */
  | 'PUBLISHER_HTTP_REFUSED'
  /** An event or verdict that no collector would take; it is dropped and handed to `onDrop` with this error. */
  | 'PUBLISHER_EVENT_INVALID';
