/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of CBOR with definite lengths (RFC 8949) over bytes in memory, by itself in
 * deterministic encoding alone (§4.2.1): it allocates nothing, because a verifier should not
 * allocate from what it does not trust yet. (cbor_reader.c) */
#ifndef WAYBILL_CBOR_READER_H
#define WAYBILL_CBOR_READER_H

#include "base/base.h"

enum wb_cbor_type { /* RFC 8949 §3.1, the major types */
                    WB_CBOR_UNSIGNED = 0,
                    WB_CBOR_NEGATIVE = 1, /* -1 - value */
                    WB_CBOR_BYTES = 2,
                    WB_CBOR_TEXT = 3,
                    WB_CBOR_ARRAY = 4, /* `value` items follow */
                    WB_CBOR_MAP = 5,   /* `value` pairs follow */
                    WB_CBOR_TAG = 6,   /* one item follows */
                    WB_CBOR_SIMPLE =
                        7, /* 20 false, 21 true, 22 null; floats have their bits in `value` */
};

/* In front of a CoSWID tag, signed or not (RFC 9393 §7, §8). */
#define WB_CBOR_TAG_COSWID UINT64_C(1398229316)

struct wb_cbor_item {
    enum wb_cbor_type type;
    uint64_t value;
    struct wb_bytes content; /* of byte and text strings, in the input; text is UTF-8 */
    uint8_t float_size;      /* bytes of a float: 2, 4, 8; 0: none */
};

/* What is left to read. */
struct wb_cbor_reader {
    struct wb_bytes bytes;
    size_t at;
    bool lenient; /* numbers of any form, maps in any order: what others write */
};

/* Takes the next item's head, and the content of a string. False: the end, a length that passes the
 * end, a number that is not in its shortest form, an indefinite length, a reserved value. */
bool wb_cbor_next(struct wb_cbor_reader *reader, struct wb_cbor_item *item) WB_MUST_CHECK;
/* Takes an item of this type. */
bool wb_cbor_expect(struct wb_cbor_reader *reader, enum wb_cbor_type type,
                    struct wb_cbor_item *item) WB_MUST_CHECK;
/* Passes over one item with all that is in it; nested to a depth of 32 at most. `bytes` (may be
 * NULL): its whole encoding. Also checks that maps have their keys in bytewise order, each once. */
bool wb_cbor_skip(struct wb_cbor_reader *reader, struct wb_bytes *bytes) WB_MUST_CHECK;
bool wb_cbor_ended(const struct wb_cbor_reader *reader);

#endif
