/* Options about pictures: which, how they become a tensor, what is told about the classes. */
#include "cli/picture.h"

#include <string.h>

enum { IMAGE = 300, LABELS, TOP, PRESET, FIT, MEAN, STD, ORDER };

/* "104,117,123", or one number for all three. */
static bool read_triple(cli_state *cli, const char *text, float *out)
{
    char *rest = cli_format(cli, "%s", text), *word;
    size_t count = 0;
    double number;
    for (; (word = strsep(&rest, ",")); count++) {
        if (count == 3 || !cli_number(word, -1e30, 1e30, &number))
            return false;
        out[count] = (float)number;
    }
    if (count == 1)
        out[1] = out[2] = out[0];
    return count == 1 || count == 3;
}

static int find_word(const char *word, const char *const *words)
{
    for (int i = 1; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

static error_t refuse_preset(const cli_options *options, const char *name)
{
    const char *known = "";
    const sard_preset *preset;
    for (size_t i = 0; (preset = sard_preset_at(i)); i++)
        known = cli_format(options->cli, "%s%s%s", known, i ? ", " : "", preset->name);
    return cli_refuse(options, "--preset %s: presets are %s", name, known);
}

static error_t parse_triple(const cli_options *options, const char *option, const char *arg, float *numbers, const float **out)
{
    if (!read_triple(options->cli, arg, numbers))
        return cli_refuse(options, "%s %s: three numbers are wanted, like 104,117,123", option, arg);
    *out = numbers;
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const fits[] = {"", "crop", "stretch", "letterbox", NULL}, *const orders[] = {"", "rgb", "bgr", NULL};
    const cli_picture_input *in = state->input;
    cli_pictures *p = in->pictures;
    switch (key) {
    case IMAGE:
        cli_words_add(in->options->cli, &p->files, arg);
        return 0;
    case LABELS:
        p->labels = arg;
        return 0;
    case TOP:
        return cli_integer(arg, 1, 1 << 30, &p->top) ? 0 : cli_refuse(in->options, "--top %s: a number from 1 on is wanted", arg);
    case PRESET:
        p->how.preset = arg;
        return sard_preset_find(arg) ? 0 : refuse_preset(in->options, arg);
    case FIT:
        p->how.fit = (sard_fit)find_word(arg, fits);
        return p->how.fit ? 0 : cli_refuse(in->options, "--fit %s: crop, stretch or letterbox is wanted", arg);
    case ORDER:
        p->how.order = (sard_order)find_word(arg, orders);
        return p->how.order ? 0 : cli_refuse(in->options, "--order %s: rgb or bgr is wanted", arg);
    case MEAN:
        return parse_triple(in->options, "--mean", arg, p->mean, &p->how.mean);
    case STD:
        return parse_triple(in->options, "--std", arg, p->std, &p->how.std);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option picture_options[] = {
    {NULL, 0, NULL, 0, "Pictures:", 10},
    {"image", IMAGE, "FILE|DIR", 0, "A JPEG or PNG picture, or a folder of them; more may follow the model", 0},
    {"labels", LABELS, "FILE", 0, "Names of the classes, a line each", 0},
    {"top", TOP, "N", 0, "Print the N best classes [5]", 0},
    {"preset", PRESET, "NAME", 0, "How the model was trained to see: imagenet, inception, tf, caffe, raw, unit [imagenet; raw for uint8]",
     0},
    {"fit", FIT, "HOW", 0, "crop, stretch or letterbox [the preset's]", 0},
    {"order", ORDER, "rgb|bgr", 0, "Order of the channels [the preset's]", 0},
    {"mean", MEAN, "R,G,B", 0, "Mean to subtract, in the preset's scale and the tensor's order [the preset's]", 0},
    {"std", STD, "R,G,B", 0, "Deviation to divide by [the preset's]", 0},
    {0},
};

const struct argp cli_picture_argp = {
    .options = picture_options,
    .parser = parse,
};
