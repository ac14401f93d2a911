"""Lithium and stress in polycrystals: linear finite elements on our meshes, in numpy and scipy.

Units: um, s, MPa; so forces are uN, and a toughness of 1 J/m^2 is 1 MPa um. Lithium is counted as
content x (per formula unit). Stress and strain vectors have the order 11, 22, 33, 23, 13, 12, the
shear strains doubled (Voigt).
"""
