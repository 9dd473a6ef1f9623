/**
 * Puts a method of ours before an object's own. The object stays the one that its library made: its identity, class,
 * private fields and other methods are what its caller expects, which no wrapper could promise. False: it is frozen.
 */
export function overlay(target: object, key: string | symbol, method: unknown): boolean {
  return Reflect.defineProperty(target, key, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}
