/* SPDX-License-Identifier: Apache-2.0 */
/* In place of image/layer_inflate.c in waybill-verify, for which there is no static ISA-L: unpacks
 * gzip with zlib. */
#include "image/layer_private.h"

#include <stdlib.h>
#include <zlib.h>

/* The largest window, and gzip's header and checksum, nothing else (zlib.h, inflateInit2). */
#define GZIP_WINDOW_BITS (15 + 16)

struct wb_inflater {
    z_stream stream;
};

struct wb_inflater *wb_inflater_new(void)
{
    struct wb_inflater *inflater = wb_allocate(sizeof *inflater);
    if (inflateInit2(&inflater->stream, GZIP_WINDOW_BITS) != Z_OK)
        wb_out_of_memory(sizeof *inflater);
    return inflater;
}

void wb_inflater_free(struct wb_inflater *inflater)
{
    if (inflater == NULL)
        return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

void wb_inflater_restart(struct wb_inflater *inflater)
{
    inflateReset(&inflater->stream);
}

const char *wb_inflater_run(struct wb_inflater *inflater, struct wb_inflation *run)
{
    z_stream *stream = &inflater->stream;
    stream->next_in = (Bytef *)run->input;
    stream->avail_in = (uInt)run->input_size;
    stream->next_out = run->output;
    stream->avail_out = (uInt)run->output_size;
    int code = inflate(stream, Z_NO_FLUSH);
    run->input_size = stream->avail_in;
    run->output_size = stream->avail_out;
    run->ended = code == Z_STREAM_END;
    /* Z_BUF_ERROR: nothing could be done without more input, which is no fault. */
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR)
        return NULL;
    return code == Z_DATA_ERROR ? "data is corrupt" : "is damaged";
}
