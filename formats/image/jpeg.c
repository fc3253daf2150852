/* JPEG through libjpeg: never exits, never prints. Its errors leave by longjmp to decode(), whose frame holds nothing that changes. */
#include "formats/image/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* More scans than any encoder writes, and for large pictures more pixels in all of them than that: the time that a small hostile file can
 * ask for is bounded by both. */
enum { FEW_SCANS = 16, MOST_SCANS = 256, MOST_SCANNED = 1 << 30 };

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr input;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    sard_image_source *source;
    sard_image image;
    sard_status status;
    bool ended; /* the data stopped before the end marker */
    sard_error *error;
} decoder;

static decoder *decoder_of(j_common_ptr jpeg) { return jpeg->client_data; }

static _Noreturn void leave(decoder *d, sard_status status, const char *text)
{
    d->status = sard_fail(d->error, status, "%s: %s", d->source->name, text);
    longjmp(d->leave, 1);
}

static sard_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        return SARD_NOMEM;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
        return SARD_UNSUPPORTED;
    default:
        return SARD_PARSE;
    }
}

static void error_exit(j_common_ptr jpeg)
{
    char text[JMSG_LENGTH_MAX + 8] = "JPEG: ";
    jpeg->err->format_message(jpeg, text + strlen(text));
    leave(decoder_of(jpeg), status_of(jpeg->err->msg_code), text);
}

/* Warnings after which the pixels are not those of the photographer end the decoding; the others pass. */
static void emit_message(j_common_ptr jpeg, int level)
{
    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_HIT_MARKER:
        leave(decoder_of(jpeg), SARD_PARSE, "JPEG: the data end before the picture does");
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        leave(decoder_of(jpeg), SARD_PARSE, "JPEG: the data are damaged");
    }
}

static void output_message(j_common_ptr jpeg) { (void)jpeg; }

static void progress_monitor(j_common_ptr jpeg)
{
    decoder *d = decoder_of(jpeg);
    const uint64_t scans = (uint64_t)d->jpeg.input_scan_number, pixels = (uint64_t)d->jpeg.image_width * d->jpeg.image_height;
    if (scans > MOST_SCANS || (scans > FEW_SCANS && scans * pixels > MOST_SCANNED))
        leave(d, SARD_LIMIT, "JPEG: too many scans");
}

static void init_source(j_decompress_ptr jpeg) { (void)jpeg; }

/* Only asked for when all bytes are used up: an end marker lets libjpeg finish; emit_message says whether anything was missing. */
static boolean fill_input_buffer(j_decompress_ptr jpeg)
{
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    decoder_of((j_common_ptr)jpeg)->ended = true;
    jpeg->src->next_input_byte = end;
    jpeg->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip_input_data(j_decompress_ptr jpeg, long count)
{
    if (count <= 0)
        return;
    const size_t most = jpeg->src->bytes_in_buffer, n = (size_t)count < most ? (size_t)count : most;
    jpeg->src->next_input_byte += n;
    jpeg->src->bytes_in_buffer -= n;
}

static void start(decoder *d)
{
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = error_exit;
    d->errors.emit_message = emit_message;
    d->errors.output_message = output_message;
    d->jpeg.client_data = d;
}

static void connect(decoder *d)
{
    d->input = (struct jpeg_source_mgr){
        .next_input_byte = d->source->bytes,
        .bytes_in_buffer = d->source->size,
        .init_source = init_source,
        .fill_input_buffer = fill_input_buffer,
        .skip_input_data = skip_input_data,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = init_source,
    };
    d->progress.progress_monitor = progress_monitor;
    d->jpeg.src = &d->input;
    d->jpeg.progress = &d->progress;
}

static int orientation(const decoder *d)
{
    static const char exif[] = {'E', 'x', 'i', 'f', 0, 0};
    for (jpeg_saved_marker_ptr m = d->jpeg.marker_list; m; m = m->next) {
        if (m->data_length > sizeof exif && memcmp(m->data, exif, sizeof exif) == 0)
            return sard_exif_orientation(m->data + sizeof exif, m->data_length - sizeof exif);
    }
    return 1;
}

/* CMYK as files hold it, 255 being no ink (Adobe's way, which Pillow assumes of all), to RGB with Pillow's rounding. */
static void cmyk_row(const uint8_t *from, uint8_t *to, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        const unsigned key = from[4 * i + 3];
        for (size_t c = 0; c < 3; c++) {
            const unsigned product = (255u - from[4 * i + c]) * key + 128;
            to[3 * i + c] = (uint8_t)(key - ((product + (product >> 8)) >> 8));
        }
    }
}

/* A progressive picture of which later scans are missing decodes without a warning, but not to full depth. */
static bool refined(const decoder *d)
{
    for (int c = 0; d->jpeg.coef_bits && c < d->jpeg.num_components; c++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (d->jpeg.coef_bits[c][k])
                return false;
    return true;
}

static void read_header(decoder *d)
{
    jpeg_create_decompress(&d->jpeg);
    connect(d);
    jpeg_save_markers(&d->jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&d->jpeg, TRUE);
    d->status = sard_image_admit(d->source, d->jpeg.image_width, d->jpeg.image_height, d->error);
    if (d->status)
        longjmp(d->leave, 1);
    d->source->orientation = orientation(d);
    switch (d->jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
        d->jpeg.out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        d->jpeg.out_color_space = JCS_CMYK;
        break;
    default:
        d->jpeg.out_color_space = JCS_RGB;
    }
}

static void read_rows(decoder *d)
{
    jpeg_start_decompress(&d->jpeg);
    const bool cmyk = d->jpeg.out_color_space == JCS_CMYK;
    const int channels = d->jpeg.out_color_space == JCS_GRAYSCALE ? 1 : 3;
    const JDIMENSION width = d->jpeg.output_width, height = d->jpeg.output_height;
    d->status = sard_image_create((int32_t)width, (int32_t)height, channels, &d->image, d->error);
    if (d->status)
        longjmp(d->leave, 1);
    JSAMPARRAY line = cmyk ? d->jpeg.mem->alloc_sarray((j_common_ptr)&d->jpeg, JPOOL_IMAGE, width * 4, 1) : NULL;
    while (d->jpeg.output_scanline < height) {
        JSAMPROW row = sard_image_row(&d->image, (int32_t)d->jpeg.output_scanline);
        jpeg_read_scanlines(&d->jpeg, cmyk ? line : &row, 1);
        if (cmyk)
            cmyk_row(line[0], row, width);
    }
    if (d->ended && !refined(d))
        leave(d, SARD_PARSE, "JPEG: the data end before the last scan");
}

static void decode(decoder *d)
{
    start(d);
    if (setjmp(d->leave))
        return;
    read_header(d);
    read_rows(d);
}

sard_status sard_jpeg_decode(sard_image_source *source, sard_image *out, sard_error *error)
{
    decoder d = {.source = source, .error = error};
    decode(&d);
    jpeg_destroy_decompress(&d.jpeg);
    if (d.status)
        sard_image_free(&d.image);
    else
        *out = d.image;
    return d.status;
}
