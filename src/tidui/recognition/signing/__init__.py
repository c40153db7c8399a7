"""Signatures over certificates and lists, by schemes that can be plugged in. Nothing here knows Django or a network.

`canonical` gives a content its one spelling, `schemes` sign and verify, `keys` keeps the private halves, `embedding`
puts a signed content into a PDF and signs its every byte, `checking` says what of a file holds, `seals` are the
pictures with data that a sealing service puts beside the signature.
"""
