;; LZ4's block format, read into memory that is used again: the library's call makes a buffer outside the heap for every
;; block. What this assembles to is in lz4-block-wasm.ts; lz4-block.test.ts holds both together and writes it anew with -u.
(module
  (memory (export "memory") 1)

  ;; Reads the block from `src` to `end` into what begins at `start` and ends at `limit`: the number of its bytes, or -1 for
  ;; one that is none or holds more. Copies 16 bytes at a time: reads up to 16 bytes behind `end`, writes up to 16 behind
  ;; `limit`. A block of less than a gigabyte cannot make a length overflow.
  (func (export "decode")
    (param $src i32) (param $end i32) (param $start i32) (param $limit i32) (result i32)
    (local $dst i32) (local $token i32) (local $length i32) (local $byte i32)
    (local $from i32) (local $to i32) (local $offset i32)
    (local.set $dst (local.get $start))
    (block $bad
      (loop $sequence
        (br_if $bad (i32.ge_u (local.get $src) (local.get $end)))
        (local.set $token (i32.load8_u (local.get $src)))
        (local.set $src (i32.add (local.get $src) (i32.const 1)))

        ;; Literals: the token's upper half, and bytes that add to it.
        (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
        (if (i32.eq (local.get $length) (i32.const 15))
          (then
            (loop $more
              (br_if $bad (i32.ge_u (local.get $src) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $src)))
              (local.set $src (i32.add (local.get $src) (i32.const 1)))
              (local.set $length (i32.add (local.get $length) (local.get $byte)))
              (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
        (br_if $bad (i32.gt_u (local.get $length) (i32.sub (local.get $end) (local.get $src))))
        (br_if $bad (i32.gt_u (local.get $length) (i32.sub (local.get $limit) (local.get $dst))))
        (local.set $to (i32.add (local.get $dst) (local.get $length)))
        (local.set $from (local.get $src))
        (loop $copy
          (v128.store align=1 (local.get $dst) (v128.load align=1 (local.get $from)))
          (local.set $dst (i32.add (local.get $dst) (i32.const 16)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $copy (i32.lt_u (local.get $dst) (local.get $to))))
        (local.set $dst (local.get $to))
        (local.set $src (i32.add (local.get $src) (local.get $length)))

        ;; The last sequence has no match.
        (if (i32.eq (local.get $src) (local.get $end))
          (then (return (i32.sub (local.get $dst) (local.get $start)))))

        ;; A match: how far back, within this block, and how long.
        (br_if $bad (i32.lt_u (i32.sub (local.get $end) (local.get $src)) (i32.const 2)))
        (local.set $offset (i32.load16_u align=1 (local.get $src)))
        (local.set $src (i32.add (local.get $src) (i32.const 2)))
        (br_if $bad (i32.eqz (local.get $offset)))
        (br_if $bad (i32.gt_u (local.get $offset) (i32.sub (local.get $dst) (local.get $start))))
        (local.set $length (i32.and (local.get $token) (i32.const 15)))
        (if (i32.eq (local.get $length) (i32.const 15))
          (then
            (loop $more
              (br_if $bad (i32.ge_u (local.get $src) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $src)))
              (local.set $src (i32.add (local.get $src) (i32.const 1)))
              (local.set $length (i32.add (local.get $length) (local.get $byte)))
              (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
        (local.set $length (i32.add (local.get $length) (i32.const 4)))
        (br_if $bad (i32.gt_u (local.get $length) (i32.sub (local.get $limit) (local.get $dst))))
        (local.set $to (i32.add (local.get $dst) (local.get $length)))
        (local.set $from (i32.sub (local.get $dst) (local.get $offset)))

        ;; What a match repeats may be what it writes: no step may be longer than it is back.
        (if (i32.ge_u (local.get $offset) (i32.const 16))
          (then
            (loop $copy
              (v128.store align=1 (local.get $dst) (v128.load align=1 (local.get $from)))
              (local.set $dst (i32.add (local.get $dst) (i32.const 16)))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (br_if $copy (i32.lt_u (local.get $dst) (local.get $to)))))
          (else
            (if (i32.ge_u (local.get $offset) (i32.const 8))
              (then
                (loop $copy
                  (i64.store align=1 (local.get $dst) (i64.load align=1 (local.get $from)))
                  (local.set $dst (i32.add (local.get $dst) (i32.const 8)))
                  (local.set $from (i32.add (local.get $from) (i32.const 8)))
                  (br_if $copy (i32.lt_u (local.get $dst) (local.get $to)))))
              (else
                (loop $copy
                  (i32.store8 (local.get $dst) (i32.load8_u (local.get $from)))
                  (local.set $dst (i32.add (local.get $dst) (i32.const 1)))
                  (local.set $from (i32.add (local.get $from) (i32.const 1)))
                  (br_if $copy (i32.lt_u (local.get $dst) (local.get $to))))))))
        (local.set $dst (local.get $to))
        (br $sequence)))
    (i32.const -1)))
