"""The engine: a policy's text becomes one typed graph, and the graph is read in several ways.

It knows no law and no fact by name; `tidui.policies` hands it texts, `tidui.facts` a catalogue.
"""
