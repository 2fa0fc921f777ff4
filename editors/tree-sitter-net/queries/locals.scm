(definition) @local.scope

(parameter name: (name) @local.definition.parameter)
(targets (name) @local.definition.var)
(layer name: (name) @local.definition.var)
(weight name: (name) @local.definition.var)
(const name: (name) @local.definition.constant)
(definition name: (name) @local.definition.type)
(import_name name: (name) @local.definition.import)
(import_name alias: (name) @local.definition.import)
(stage label: (name) @local.definition.field)
(labelled label: (name) @local.definition.field)

(name) @local.reference
