"""Engines that find candidates among many descriptors: exact on this machine, or a Qdrant server.

``base`` holds the protocol and the table of names.
"""
