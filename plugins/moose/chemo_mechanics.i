# Chemo-mechanics of one particle of @grains grains, written by nmc_mesh.
#
#   dc/dt = div(D grad c),   div sigma = 0,   sigma = C (eps(u) - beta (c - c_start))
#
# c is the lithium content x of Li_x, u the displacement. Lithium leaves (or enters) through the
# outer surface at a constant rate; grains swell along their own axes and press on each other.
# Diffusion drives mechanics; stress does not act back on diffusion here.
# Units: um, s, GPa, so stresses come in GPa. Run with a MOOSE application that has the modules
# solid_mechanics and phase_field, such as combined-opt:   mpirun -n 4 combined-opt -i @name.i
#
# The numbers of the material are examples: replace them with your own.

c_start = @c_start       # content before
rate = @rate       # dc/dt of the mean content, 1/s; negative: lithium leaves (charging)
volume = @volume       # um^3, of the mesh
area = @area       # um^2, of the side set outer_surface
flux = ${fparse rate * volume / area}   # um/s, so that the mean content changes at the rate
end_time = @end_time
steps = 50

[GlobalParams]
  displacements = 'disp_x disp_y disp_z'
[]

[Mesh]
  # Blocks grain_00001, ...; side sets outer_surface@pairs;
  # node sets triple_lines and quadruple_points.
  [particle]
    type = FileMeshGenerator
    file = @name.e
  []
@opened@pins[]

[Variables]
  [c]
    initial_condition = ${c_start}
  []
[]

[Kernels]
  [storage]
    type = TimeDerivative
    variable = c
  []
  [diffusion]
    type = @diffusion_kernel
    variable = c
    diffusivity = D
  []
[]

@passage# Displacements, stress divergence, small strain. Before 2024 this block was [Modules/TensorMechanics/
# Master].
[Physics/SolidMechanics/QuasiStatic]
  [all]
    strain = SMALL
    add_variables = true
    eigenstrain_names = lithiation
    generate_output = 'vonmises_stress hydrostatic_stress max_principal_stress'
  []
[]
@zone@orientations
[Materials]
  # Ratio between the eigenstrain and its base, and its derivatives by c for Newton's method.
  [swelling]
    type = DerivativeParsedMaterial
    property_name = swelling
    coupled_variables = c
    expression = 'c - ${c_start}'
    derivative_order = 2
  []
  [stress]
    type = ComputeLinearElasticStress
  []
@materials[]

[BCs]
  [rate]
    type = NeumannBC
    variable = c
    boundary = outer_surface
    value = ${flux}
  []
  # Six conditions at three nodes hold the particle without a force: it swells freely.
@holds[]

[Postprocessors]
  [content] # has to be c_start + rate * time
    type = ElementAverageValue
    variable = c
  []
  [content_at_surface]
    type = SideAverageValue
    variable = c
    boundary = outer_surface
  []
  [largest_principal_stress]
    type = ElementExtremeValue
    variable = max_principal_stress
  []
[]

[Preconditioning]
  [all]
    type = SMP
    full = true
  []
[]

[Executioner]
  type = Transient
  solve_type = NEWTON
  # A direct solver; for more than some 300,000 nodes take: -pc_type hypre -pc_hypre_type boomeramg
  petsc_options_iname = '-pc_type -pc_factor_mat_solver_type'
  petsc_options_value = 'lu mumps'
  nl_rel_tol = 1e-8
  nl_abs_tol = 1e-10
  end_time = ${end_time}
  dt = ${fparse end_time / steps}
[]

[Outputs]
  exodus = true
  csv = true
[]
