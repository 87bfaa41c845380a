/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks gzip with ISA-L, which is some times faster than zlib. */
#include "image/layer_private.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct wb_inflater {
    struct inflate_state state;
};

struct wb_inflater *wb_inflater_new(void)
{
    struct wb_inflater *inflater = wb_allocate(sizeof *inflater);
    isal_inflate_init(&inflater->state);
    return inflater;
}

void wb_inflater_free(struct wb_inflater *inflater)
{
    free(inflater);
}

void wb_inflater_restart(struct wb_inflater *inflater)
{
    isal_inflate_reset(&inflater->state);
    inflater->state.crc_flag = ISAL_GZIP;
}

static const char *fault_of(int code)
{
    switch (code) {
    case ISAL_INVALID_BLOCK:
    case ISAL_INVALID_SYMBOL:
    case ISAL_INVALID_LOOKBACK:
        return "data is corrupt";
    case ISAL_INVALID_WRAPPER:
        return "header is invalid";
    case ISAL_UNSUPPORTED_METHOD:
        return "compression method is unknown";
    case ISAL_INCORRECT_CHECKSUM:
        return "checksum does not match";
    default:
        return "is damaged";
    }
}

const char *wb_inflater_run(struct wb_inflater *inflater, struct wb_inflation *run)
{
    struct inflate_state *state = &inflater->state;
    state->next_in = (uint8_t *)run->input;
    state->avail_in = (uint32_t)run->input_size;
    state->next_out = run->output;
    state->avail_out = (uint32_t)run->output_size;
    int code = isal_inflate(state);
    run->input_size = state->avail_in;
    run->output_size = state->avail_out;
    run->ended = state->block_state == ISAL_BLOCK_FINISH;
    return code < 0 ? fault_of(code) : NULL;
}
