/* What every model that compile.py translates has: the declarations of OSDI 0.3 (SemiMod's interface between simulators
 * and compiled Verilog-A), and the functions that only move numbers between a simulator and an instance.
 *
 * Without limiting, noise, collapsed nodes, states and arrays, which the models that this is for have no use for.
 * The file that includes this defines NODES, ENTRIES, PARAMETERS, OF_INSTANCE and CACHED before it, and after it the
 * tables and the functions that are declared below. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLAG_SET = 1, FLAG_INSTANCE = 4, FATAL = 2, KIND_INSTANCE = 1 << 30, HAS_RESIST = 4, HAS_REACT = 8 };
#define NOWHERE UINT32_MAX

typedef struct { char **names; double *values; char **text_names; char **texts; } Simulator;
typedef struct {
    Simulator simulator;
    double time, *solution, *before, *after;
    uint32_t flags;
} Point;
typedef struct { uint32_t flags; uint32_t error_count; void *errors; } Outcome;
typedef struct { uint32_t row, column; } Pair;
typedef struct { Pair nodes; uint32_t react_pointer; uint32_t flags; } Entry;
typedef struct {
    char *name, *units, *residual_units;
    uint32_t resist, react, resist_limit, react_limit;
    bool is_flow;
} Node;
typedef struct { char **name; uint32_t aliases; char *description, *units; uint32_t flags, length; } Parameter;
typedef struct {
    char *name;
    uint32_t node_count, terminals; Node *nodes;
    uint32_t entry_count; Entry *entries;
    uint32_t collapsible_count; Pair *collapsible; uint32_t collapsed;
    void *noise; uint32_t noise_count;
    uint32_t parameter_count, instance_parameters, operating_variables; Parameter *parameters;
    uint32_t mapping, jacobian_pointers;
    uint32_t state_count, state_index, bound_step;
    uint32_t instance_size, model_size;
    void *(*access)(void *instance, void *model, uint32_t id, uint32_t flags);
    void (*setup_model)(void *handle, void *model, Simulator *simulator, Outcome *outcome);
    void (*setup_instance)(void *handle, void *instance, void *model, double kelvin, uint32_t terminals,
                           Simulator *simulator, Outcome *outcome);
    uint32_t (*eval)(void *handle, void *instance, void *model, Point *point);
    void (*load_noise)(void *instance, void *model, double frequency, double *density);
    void (*load_residual_resist)(void *instance, void *model, double *to);
    void (*load_residual_react)(void *instance, void *model, double *to);
    void (*load_limit_rhs_resist)(void *instance, void *model, double *to);
    void (*load_limit_rhs_react)(void *instance, void *model, double *to);
    void (*load_spice_rhs_dc)(void *instance, void *model, double *to, double *solution);
    void (*load_spice_rhs_tran)(void *instance, void *model, double *to, double *solution, double alpha);
    void (*load_jacobian_resist)(void *instance, void *model);
    void (*load_jacobian_react)(void *instance, void *model, double alpha);
    void (*load_jacobian_tran)(void *instance, void *model, double alpha);
} Descriptor;

typedef struct { double value[PARAMETERS]; bool given[PARAMETERS]; } Model;
typedef struct {
    Model own; /* of an instance's own parameters; of the others, those of its model */
    double kelvin, cached[CACHED + 1];
    double resist[NODES], react[NODES], by_resist[ENTRIES], by_react[ENTRIES];
    double *resist_at[ENTRIES], *react_at[ENTRIES];
    uint32_t at[NODES];
    bool collapsed;
    uint32_t state;
} Instance;

static Entry entries[ENTRIES];
static const double defaults[PARAMETERS];
static bool initialise(Instance *instance);
static void evaluate(Instance *instance, const double *solution);

static void *access_(void *instance, void *model, uint32_t id, uint32_t flags) {
    if (id >= PARAMETERS) return NULL;
    Model *of = id < OF_INSTANCE && (flags & FLAG_INSTANCE) ? &((Instance *)instance)->own : model;
    if (flags & FLAG_SET) of->given[id] = true;
    return &of->value[id];
}

static void setup_model(void *handle, void *model_, Simulator *simulator, Outcome *outcome) {
    Model *model = model_;
    for (int i = 0; i < PARAMETERS; i++)
        if (!model->given[i]) model->value[i] = defaults[i];
    *outcome = (Outcome){0, 0, NULL};
}

static void setup_instance(void *handle, void *instance_, void *model_, double kelvin, uint32_t terminals,
                           Simulator *simulator, Outcome *outcome) {
    Instance *instance = instance_;
    Model *model = model_;
    for (int i = 0; i < PARAMETERS; i++)
        if (!instance->own.given[i]) instance->own.value[i] = model->value[i];
    instance->kelvin = kelvin;
    *outcome = (Outcome){initialise(instance) ? 0 : FATAL, 0, NULL};
}

static uint32_t eval(void *handle, void *instance, void *model, Point *point) {
    evaluate(instance, point->solution);
    return 0;
}

static void no_noise(void *instance, void *model, double frequency, double *density) {}
static void no_limit(void *instance, void *model, double *to) {}

static void load_residual_resist(void *instance_, void *model, double *to) {
    Instance *instance = instance_;
    for (int i = 0; i < NODES; i++) to[instance->at[i]] += instance->resist[i];
}

static void load_residual_react(void *instance_, void *model, double *to) {
    Instance *instance = instance_;
    for (int i = 0; i < NODES; i++) to[instance->at[i]] += instance->react[i];
}

/* The right side of Newton's step as SPICE has it: the Jacobian times the last solution, less the residual. */
static void load_spice_rhs_tran(void *instance_, void *model, double *to, double *solution, double alpha) {
    Instance *instance = instance_;
    for (int i = 0; i < NODES; i++) to[instance->at[i]] -= instance->resist[i];
    for (int e = 0; e < ENTRIES; e++)
        to[instance->at[entries[e].nodes.row]] +=
            (instance->by_resist[e] + alpha * instance->by_react[e]) * solution[instance->at[entries[e].nodes.column]];
}

static void load_spice_rhs_dc(void *instance, void *model, double *to, double *solution) {
    load_spice_rhs_tran(instance, model, to, solution, 0);
}

static void load_jacobian_tran(void *instance_, void *model, double alpha) {
    Instance *instance = instance_;
    for (int e = 0; e < ENTRIES; e++) *instance->resist_at[e] += instance->by_resist[e] + alpha * instance->by_react[e];
}

static void load_jacobian_resist(void *instance, void *model) { load_jacobian_tran(instance, model, 0); }

static void load_jacobian_react(void *instance_, void *model, double alpha) {
    Instance *instance = instance_;
    for (int e = 0; e < ENTRIES; e++) *instance->react_at[e] += alpha * instance->by_react[e];
}

#define AT(e, row, column) \
    {{row, column}, offsetof(Instance, react_at) + (e) * sizeof(double *), HAS_RESIST | HAS_REACT}

#define DESCRIPTOR(module, terminal_count) \
    uint32_t OSDI_VERSION_MAJOR = 0, OSDI_VERSION_MINOR = 3, OSDI_NUM_DESCRIPTORS = 1; \
    Descriptor OSDI_DESCRIPTORS[1] = {{ \
        .name = module, .node_count = NODES, .terminals = terminal_count, .nodes = nodes, .entry_count = ENTRIES, \
        .entries = entries, .collapsed = offsetof(Instance, collapsed), .parameter_count = PARAMETERS, \
        .instance_parameters = OF_INSTANCE, .parameters = parameters, .mapping = offsetof(Instance, at), \
        .jacobian_pointers = offsetof(Instance, resist_at), .state_index = offsetof(Instance, state), \
        .bound_step = NOWHERE, .instance_size = sizeof(Instance), .model_size = sizeof(Model), .access = access_, \
        .setup_model = setup_model, .setup_instance = setup_instance, .eval = eval, .load_noise = no_noise, \
        .load_residual_resist = load_residual_resist, .load_residual_react = load_residual_react, \
        .load_limit_rhs_resist = no_limit, .load_limit_rhs_react = no_limit, .load_spice_rhs_dc = load_spice_rhs_dc, \
        .load_spice_rhs_tran = load_spice_rhs_tran, .load_jacobian_resist = load_jacobian_resist, \
        .load_jacobian_react = load_jacobian_react, .load_jacobian_tran = load_jacobian_tran, \
    }};
